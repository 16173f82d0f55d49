// Keyboard shortcuts; the list is in base.html.
(() => {
  const list = document.querySelector("[data-keys]");
  const actions = {
    "?": () => list.showModal(),
    "/": () => document.querySelector(".searchbar input")?.focus(),
    "t": () => document.querySelector("[data-theme-toggle]")?.click(),
  };
  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", actions["?"]);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || list.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  });
})();
