// What a browser remembers of the page: dark or light (the system's choice until somebody presses the button), and whether
// the models are folded away. Loaded before the page is drawn.
const root = document.documentElement;

function remembered(key) {
  try { return localStorage.getItem(`manoir.admin.${key}`); } catch { return null; }
}

function remember(key, value) {
  root.dataset[key] = value;
  try { localStorage.setItem(`manoir.admin.${key}`, value); } catch { /* storage is switched off: it lasts for this page */ }
}

function toggleTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  remember("theme", dark ? "light" : "dark");
}

function toggleModels(event) {
  remember("models", root.dataset.models === "folded" ? "shown" : "folded");
  event.currentTarget.setAttribute("aria-expanded", String(root.dataset.models !== "folded"));
}

if (["dark", "light"].includes(remembered("theme"))) root.dataset.theme = remembered("theme");
if (remembered("models") === "folded") root.dataset.models = "folded";
document.addEventListener("DOMContentLoaded", () => {
  for (const [name, toggle] of [["theme", toggleTheme], ["models", toggleModels]]) {
    for (const button of document.querySelectorAll(`[data-${name}-toggle]`)) {
      button.hidden = false;
      if (name === "models") button.setAttribute("aria-expanded", String(root.dataset.models !== "folded"));
      button.addEventListener("click", toggle);
    }
  }
});
