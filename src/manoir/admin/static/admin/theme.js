// What a browser remembers of the page: dark or light (the system's choice until somebody presses the button), and whether
// models and filters are folded away. Loaded before the page is drawn.
const root = document.documentElement;

// The words that scripts say, in the language of the page (base.html): adminWords("count-chosen", { number: 1, all: 10 }).
window.adminWords = (name, values = {}) => {
  const text = document.getElementById("words").getAttribute(`data-say-${name}`);
  return text.replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
};

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

// A button that folds a part of the page away, and says whether it is there.
function toggleOf(part) {
  return (event) => {
    remember(part, root.dataset[part] === "folded" ? "shown" : "folded");
    event.currentTarget.setAttribute("aria-expanded", String(root.dataset[part] !== "folded"));
  };
}

const PARTS = ["models", "filters"];
if (["dark", "light"].includes(remembered("theme"))) root.dataset.theme = remembered("theme");
for (const part of PARTS) if (remembered(part) === "folded") root.dataset[part] = "folded";
document.addEventListener("DOMContentLoaded", () => {
  for (const name of ["theme", ...PARTS]) {
    for (const button of document.querySelectorAll(`[data-${name}-toggle]`)) {
      button.hidden = false;
      if (name !== "theme") button.setAttribute("aria-expanded", String(root.dataset[name] !== "folded"));
      button.addEventListener("click", name === "theme" ? toggleTheme : toggleOf(name));
    }
  }
});
