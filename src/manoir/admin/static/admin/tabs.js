/* The strip of links to the sections of a form becomes a list of tabs. It runs as soon as the sections are there, before
   they are drawn. Which tab was open is remembered until the window is closed. */
(() => {
  "use strict";
  const strip = document.querySelector("[data-tabs]");
  const tabs = [...strip.querySelectorAll("a")];
  const panelOf = (tab) => document.getElementById(tab.hash.slice(1));
  const key = `manoir.admin.tab.${strip.closest("form").id}`;
  const remembered = () => { try { return sessionStorage.getItem(key); } catch { return null; } };
  const remember = (hash) => { try { sessionStorage.setItem(key, hash); } catch { /* storage is switched off */ } };

  const open = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    remember(chosen.hash);
  };
  const around = (element) => tabs.find((tab) => element && panelOf(tab).contains(element));

  strip.setAttribute("role", "tablist");
  for (const tab of tabs) {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panelOf(tab).id);
    panelOf(tab).setAttribute("role", "tabpanel");
  }
  strip.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(tab);
  });
  strip.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (event.key === " ") { event.preventDefault(); open(tabs[here]); }
    if (next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    open(tab);
    tab.focus();
  });
  /* Whoever is about to focus a field says so. */
  document.addEventListener("admin:reveal", (event) => { const tab = around(event.target); if (tab) open(tab); });

  const asked = location.hash && document.getElementById(location.hash.slice(1));
  const last = tabs.find((tab) => tab.hash === remembered());
  open(tabs.find((tab) => tab.classList.contains("has-errors")) || around(asked) || last || tabs[0]);
})();
