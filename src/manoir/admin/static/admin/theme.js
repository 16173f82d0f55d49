// Dark or light: the system's choice until somebody presses the button. Loaded before the page is drawn.
const KEY = "manoir.admin.theme";
const root = document.documentElement;

function remembered() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function toggle() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem(KEY, root.dataset.theme); } catch { /* storage is switched off: it lasts for this page */ }
}

if (["dark", "light"].includes(remembered())) root.dataset.theme = remembered();
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.addEventListener("click", toggle);
  }
});
