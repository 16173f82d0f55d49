/* Two lists for <select multiple data-transfer>: what can be chosen, what is. The select itself stays and is what is sent. */
(() => {
  "use strict";
  let number = 0;
  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const build = (select) => {
    if (select.dataset.transferReady) return;
    select.dataset.transferReady = "yes";
    number += 1;
    const id = `transfer-${number}`;
    const what = select.dataset.fieldName || "";
    const search = element("input", { type: "search", id: `${id}-search`, placeholder: "Search", autocomplete: "off" });
    const from = element("select", { multiple: true, id: `${id}-from`, size: 10 });
    const to = element("select", { multiple: true, id: `${id}-to`, size: 10 });
    const button = (text, act) => {
      const made = element("button", { type: "button", className: "button", textContent: text });
      made.addEventListener("click", act);
      return made;
    };
    const draw = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const free = [];
      const chosen = [];
      for (const one of select.options) {
        const copy = () => Object.assign(new Option(one.text, one.value), { title: one.text });
        if (one.selected) chosen.push(copy());
        else if (words.every((word) => one.text.toLowerCase().includes(word))) free.push(copy());
      }
      from.replaceChildren(...free);
      to.replaceChildren(...chosen);
      status.textContent = `${chosen.length} chosen, ${free.length} shown to choose from`;
    };
    const move = (list, chosen, all) => {
      const values = new Set([...(all ? list.options : list.selectedOptions)].map((one) => one.value));
      for (const one of select.options) if (values.has(one.value)) one.selected = chosen;
      draw();
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const status = element("p", { className: "help", role: "status" });
    search.addEventListener("input", draw);
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    from.addEventListener("dblclick", () => move(from, true));
    to.addEventListener("dblclick", () => move(to, false));
    for (const [list, chosen] of [[from, true], [to, false]]) {
      list.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); move(list, chosen); } });
    }
    const box = element("div", { className: Number(select.dataset.isStacked) ? "transfer stacked" : "transfer" },
      element("div", { className: "transfer-list" },
        element("label", { htmlFor: search.id, className: "visually-hidden", textContent: `Search ${what}` }), search,
        element("label", { htmlFor: from.id, textContent: `Available ${what}` }), from),
      element("div", { className: "transfer-buttons" },
        button("Choose →", () => move(from, true)), button("← Remove", () => move(to, false)),
        button("Choose all shown", () => move(from, true, true)), button("Remove all", () => move(to, false, true))),
      element("div", { className: "transfer-list" },
        element("label", { htmlFor: to.id, textContent: `Chosen ${what}` }), to), status);
    select.hidden = true;
    select.before(box);
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    if (label) label.htmlFor = from.id;
    select.addEventListener("change", () => { if (!box.contains(document.activeElement)) draw(); });
    draw();
  };
  const start = (root) => root.querySelectorAll("select[data-transfer]").forEach((select) => {
    if (!select.name.includes("__prefix__")) build(select);
  });
  start(document);
  document.addEventListener("admin:row", (event) => start(event.target));
})();
