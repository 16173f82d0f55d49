/* The list: choosing rows, how many are chosen, finding in long filters, headings that stay. htmx replaces parts of the page, so everything
   listens at the document. */
(() => {
  "use strict";
  const boxes = () => [...document.querySelectorAll("tr[data-row] td.check input[type=checkbox]")];
  let last = null;

  function update() {
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    for (const box of all) box.closest("tr").classList.toggle("chosen", box.checked);
    const whole = document.querySelector("[data-choose-all]");
    if (whole) {
      whole.hidden = false;
      whole.checked = chosen.length > 0 && chosen.length === all.length;
      whole.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
    for (const across of document.querySelectorAll("[data-across]")) {
      across.hidden = !(all.length && chosen.length === all.length);
      if (across.hidden) across.querySelector("input").checked = false;
    }
    for (const counter of document.querySelectorAll("[data-counter]")) {
      counter.hidden = !chosen.length;
      counter.textContent = window.adminWords("count-chosen", { number: chosen.length, all: counter.dataset.counter });
    }
    for (const bar of document.querySelectorAll("[data-actions]")) bar.classList.toggle("ready", chosen.length > 0);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
      update();
    } else if (event.target.matches("td.check input")) update();
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("td.check input");
    if (!box) return;
    const all = boxes();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
      update();
    }
    last = box;
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-narrow]")) return;
    const words = event.target.value.trim().toLowerCase();
    for (const entry of event.target.closest("details").querySelectorAll("li")) entry.hidden = words !== "" && !entry.textContent.toLowerCase().includes(words);
  });

  /* A table that fits scrolls with the page (list.css). */
  function measure() {
    for (const wrap of document.querySelectorAll(".results .table-wrap")) {
      wrap.classList.toggle("fits", wrap.querySelector("table").offsetWidth <= wrap.getBoundingClientRect().width);
    }
  }
  new ResizeObserver(measure).observe(document.getElementById("changelist"));

  /* Filters that are a drawer close when one is chosen, so that its rows are seen. Whatever else puts new ones in their
     place (numbers, a search that was still on its way) leaves the drawer open. */
  let chosen = false;
  let reopen = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest("#filters .filter a")) chosen = true;
  });
  function beforeSwap() {
    if (!chosen && document.querySelector("#filters:popover-open")) reopen = true;
    chosen = false;
  }

  function prepare() {
    measure();
    const filters = document.getElementById("filters");
    if (reopen && !filters.matches(":popover-open")) {
      filters.showPopover();
      reopen = false;
    }
    for (const field of document.querySelectorAll("[data-narrow]")) field.hidden = false;
    update();
  }
  document.addEventListener("htmx:afterSettle", prepare);

  /* Values of rows that were changed and not saved are not lost without a question. */
  let changed = false;
  document.addEventListener("input", (event) => { if (event.target.matches("[data-list] [name^=form-]")) changed = true; });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-list]")) changed = false; });
  document.addEventListener("htmx:confirm", (event) => {
    if (!changed) return;
    event.preventDefault();
    if (window.confirm(window.adminWords("unsaved"))) { changed = false; event.detail.issueRequest(true); }
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  /* A page that is no list (the sign-in, an error) has nothing to put in place: go there. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    beforeSwap();
    const { xhr, pathInfo } = event.detail;
    const text = xhr.responseText || "";
    if (xhr.status >= 400 || !/id="(results|filters)"/.test(text)) {
      event.detail.shouldSwap = false;
      window.location.assign(pathInfo.finalRequestPath || pathInfo.requestPath);
    }
  });
  prepare();
})();
