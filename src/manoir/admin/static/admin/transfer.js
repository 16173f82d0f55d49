/* Two lists for <select multiple data-transfer>: what can be chosen, what is. The select itself stays and is what is sent. */
(() => {
  "use strict";
  const say = window.adminWords;
  let number = 0;
  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  /* One of the two lists: its title with a number, a button for all of it, a search, the options. */
  const listOf = (id, title, all) => {
    const list = {
      options: element("select", { multiple: true, id, size: 10 }),
      search: element("input", { type: "search", placeholder: say("find"), autocomplete: "off" }),
      count: element("span", { className: "badge" }),
      all: element("button", { type: "button", className: "button quiet", textContent: all }),
    };
    list.search.setAttribute("aria-label", `${say("find")}: ${title}`);
    list.box = element("div", { className: "transfer-list" },
      element("div", { className: "transfer-head" }, element("label", { htmlFor: id, textContent: title }), list.count, list.all),
      list.search, list.options);
    list.draw = (entries) => {
      const words = list.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const shown = entries.filter((one) => words.every((word) => one.text.toLowerCase().includes(word)));
      list.options.replaceChildren(...shown.map((one) => Object.assign(new Option(one.text, one.value), { title: one.text })));
      list.count.textContent = shown.length === entries.length ? entries.length : `${shown.length} / ${entries.length}`;
      list.all.disabled = !shown.length;
    };
    list.search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    return list;
  };

  const build = (select) => {
    if (select.dataset.transferReady) return;
    select.dataset.transferReady = "yes";
    number += 1;
    const what = select.dataset.fieldName || "";
    const from = listOf(`transfer-${number}-from`, say("available", { what }), say("choose-all"));
    const to = listOf(`transfer-${number}-to`, say("chosen", { what }), say("remove-all"));
    const status = element("p", { className: "visually-hidden", role: "status" });
    const arrow = (symbol, name, act) => {
      const made = element("button", { type: "button", className: "button square", textContent: symbol, title: name });
      made.setAttribute("aria-label", name);
      made.addEventListener("click", act);
      return made;
    };
    const draw = () => {
      from.draw([...select.options].filter((one) => !one.selected));
      to.draw([...select.options].filter((one) => one.selected));
    };
    const move = (list, chosen, all) => {
      const values = new Set([...(all ? list.options.options : list.options.selectedOptions)].map((one) => one.value));
      for (const one of select.options) if (values.has(one.value)) one.selected = chosen;
      draw();
      status.textContent = say("count-chosen", { number: select.selectedOptions.length, all: select.options.length });
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    for (const [list, chosen] of [[from, true], [to, false]]) {
      list.search.addEventListener("input", draw);
      list.all.addEventListener("click", () => move(list, chosen, true));
      list.options.addEventListener("dblclick", () => move(list, chosen));
      list.options.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); move(list, chosen); } });
    }
    const box = element("div", { className: Number(select.dataset.isStacked) ? "transfer stacked" : "transfer" }, from.box,
      element("div", { className: "transfer-buttons" },
        arrow("→", say("choose"), () => move(from, true)), arrow("←", say("remove"), () => move(to, false))),
      to.box, status);
    select.hidden = true;
    select.before(box);
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    if (label) label.htmlFor = from.options.id;
    select.addEventListener("change", () => { if (!box.contains(document.activeElement)) draw(); });
    draw();
  };
  const start = (root) => root.querySelectorAll("select[data-transfer]").forEach((select) => {
    if (!select.name.includes("__prefix__")) build(select);
  });
  start(document);
  document.addEventListener("admin:row", (event) => start(event.target));
})();
