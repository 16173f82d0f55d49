/* The models beside the page: groups that fold, and a search. It runs as soon as they are there, before they are drawn.
   Which groups are folded stays in this browser and is sent to nobody; the group of the page that is shown is always open. */
(() => {
  "use strict";
  const KEY = "manoir.admin.folded-groups";
  const nav = document.getElementById("nav");
  const groups = [...nav.querySelectorAll("[data-nav-group]")];
  const load = () => { try { return new Set(JSON.parse(localStorage.getItem(KEY)) || []); } catch { return new Set(); } };
  const keep = (folded) => { try { localStorage.setItem(KEY, JSON.stringify([...folded])); } catch { /* storage is switched off */ } };

  const fold = () => {
    const folded = load();
    for (const group of groups) group.open = !folded.has(group.dataset.navGroup) || Boolean(group.querySelector("[aria-current]"));
  };
  fold();
  for (const group of groups) {
    group.querySelector("summary").addEventListener("click", () => {
      if (search && search.value) return; // what a search opened says nothing about what somebody wants folded
      const folded = load();
      if (group.open) folded.add(group.dataset.navGroup); else folded.delete(group.dataset.navGroup);
      keep(folded);
    });
  }

  const box = nav.querySelector("[data-nav-filter]");
  const search = box && box.querySelector("input");
  if (!search) return;
  box.hidden = false;
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    if (!words) fold();
    let found = 0;
    for (const group of groups) {
      const whole = group.querySelector("summary").textContent.toLowerCase().includes(words);
      const entries = [...group.querySelectorAll("li")];
      for (const entry of entries) entry.hidden = !whole && !entry.textContent.toLowerCase().includes(words);
      const some = entries.some((entry) => !entry.hidden);
      group.hidden = !some;
      if (words && some) group.open = true;
      found += some;
    }
    nav.querySelector("[data-nav-none]").hidden = found > 0 || !groups.length;
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const link = nav.querySelector("[data-nav-group]:not([hidden]) li:not([hidden]) a");
    if (link) link.click();
  });
})();
