/* Keyboard shortcuts (the list of them is in base.html), menus that close. */
(() => {
  "use strict";
  const list = document.querySelector("[data-keys]");
  const find = (selector) => document.querySelector(selector);
  const press = (selector) => { const target = find(selector); if (target) target.click(); return Boolean(target); };

  const rows = () => [...document.querySelectorAll("tr[data-row]")];
  const current = () => find("tr[data-row].focus") || find("tr[data-row]:focus-within");
  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const here = all.indexOf(current());
    const row = all[Math.min(Math.max(here + step, 0), all.length - 1)];
    all.forEach((one) => one.classList.toggle("focus", one === row));
    const target = row.querySelector("[data-open]") || row.querySelector("a, input:not([type=hidden])");
    if (target) target.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }
  const onRow = (selector) => () => { const row = current(); const target = row && row.querySelector(selector); if (target) target.click(); return Boolean(target); };
  const focus = (selector) => () => { const target = find(selector); if (target) { target.focus(); if (target.select) target.select(); } return Boolean(target); };

  const actions = {
    "?": () => { list.showModal(); return true; },
    "/": focus("#searchbar"),
    "g": () => { if (document.documentElement.dataset.models === "folded") press("[data-models-toggle]"); return focus("#nav-filter")(); },
    "m": () => press("[data-models-toggle]"),
    "h": () => press("a.brand"),
    "a": () => press("[data-add]"),
    "t": () => press("[data-theme-toggle]"),
    "j": () => move(1),
    "k": () => move(-1),
    "o": onRow("[data-open]"),
    "x": onRow("input[type=checkbox]"),
    "[": () => press("[rel=prev]"),
    "]": () => press("[rel=next]"),
  };

  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", actions["?"]);
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !event.altKey && !event.shiftKey) {
      const save = find("button[name=_save]");
      if (save) { event.preventDefault(); save.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || list.open) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = actions[event.key];
    if (action && action()) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll("[data-menu][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });
})();
