/* A search box for <select data-autocomplete>: an ARIA combobox that asks the server. The select stays and is sent. */
(() => {
  "use strict";
  const say = window.adminWords;
  let number = 0;
  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const build = (select) => {
    if (select.dataset.autocompleteReady) return;
    select.dataset.autocompleteReady = "yes";
    number += 1;
    const several = select.multiple;
    const optional = select.dataset.allowClear === "true";
    const list = element("ul", { id: `autocomplete-${number}`, className: "autocomplete-list", role: "listbox", hidden: true });
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const input = element("input", { type: "text", id: `autocomplete-${number}-input`, role: "combobox", autocomplete: "off", spellcheck: false });
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-autocomplete", "list");
    for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    list.setAttribute("aria-label", label ? label.textContent.trim() : say("choices"));
    if (label) label.htmlFor = input.id; else input.setAttribute("aria-label", say("search"));
    const clear = element("button", { type: "button", className: "button quiet square small", textContent: "×", title: say("clear"), hidden: true });
    clear.setAttribute("aria-label", say("clear"));
    const chips = element("ul", { className: "chips" });
    const box = element("span", { className: "combobox" }, chips, input, clear, list);
    select.hidden = true;
    select.before(box);

    let timer = 0;
    let asked = 0;
    let page = 1;
    let more = false;
    let active = -1;
    const options = () => [...list.querySelectorAll("[role=option]")];
    const close = () => { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const activate = (index) => {
      const all = options();
      if (!all.length) return;
      active = (index + all.length) % all.length;
      all.forEach((one, place) => one.setAttribute("aria-selected", String(place === active)));
      input.setAttribute("aria-activedescendant", all[active].id);
      all[active].scrollIntoView({ block: "nearest" });
    };
    const draw = () => {
      const chosen = [...select.selectedOptions].filter((one) => one.value !== "");
      if (several) {
        chips.replaceChildren(...chosen.map((one) => {
          const remove = element("button", { type: "button", textContent: "×" });
          remove.setAttribute("aria-label", say("remove-one", { what: one.text }));
          remove.addEventListener("click", () => { one.selected = false; draw(); changed(); input.focus(); });
          return element("li", {}, one.text, remove);
        }));
      } else {
        input.value = chosen.length ? chosen[0].text : "";
        clear.hidden = !(optional && chosen.length);
      }
    };
    const changed = () => select.dispatchEvent(new Event("change", { bubbles: true }));
    const choose = (value, text) => {
      let one = [...select.options].find((option) => option.value === value);
      if (!one) { one = new Option(text, value); select.add(one); }
      one.selected = true;
      if (several) input.value = "";
      draw();
      close();
      changed();
    };
    const show = (found, fresh) => {
      if (fresh) list.replaceChildren();
      list.querySelector(".more, .none")?.remove();
      for (const one of found) {
        const item = element("li", { role: "option", id: `${list.id}-${list.children.length}`, textContent: one.text });
        item.setAttribute("aria-selected", "false");
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(one.id, one.text); });
        item.dataset.value = one.id;
        list.append(item);
      }
      if (!list.children.length) list.append(element("li", { className: "none", textContent: say("nothing-found") }));
      if (more) {
        const next = element("li", { className: "more", textContent: say("more") });
        next.addEventListener("mousedown", (event) => { event.preventDefault(); ask(page + 1); });
        list.append(next);
      }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    };
    const ask = async (wanted) => {
      asked += 1;
      const mine = asked;
      const address = new URL(select.dataset.autocomplete, location.href);
      address.searchParams.set("app_label", select.dataset.appLabel);
      address.searchParams.set("model_name", select.dataset.modelName);
      address.searchParams.set("field_name", select.dataset.fieldName);
      address.searchParams.set("term", several || input.dataset.typed ? input.value : "");
      address.searchParams.set("page", String(wanted));
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const data = await answer.json();
        if (mine !== asked) return;
        page = wanted;
        more = data.pagination.more;
        show(data.results, wanted === 1);
      } catch {
        list.replaceChildren(element("li", { className: "none", textContent: say("no-answer") }));
        list.hidden = false;
      }
    };
    input.addEventListener("input", () => { input.dataset.typed = "yes"; clearTimeout(timer); timer = setTimeout(() => ask(1), 150); });
    input.addEventListener("focus", () => { input.select(); });
    input.addEventListener("click", () => { if (list.hidden) ask(1); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) ask(1);
        else if (event.key === "ArrowDown" && active === options().length - 1 && more) ask(page + 1).then(() => activate(active + 1));
        else activate(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        const one = options()[active];
        if (!list.hidden && one) choose(one.dataset.value, one.textContent);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        draw();
        close();
      } else if (event.key === "Backspace" && several && !input.value && select.selectedOptions.length) {
        select.selectedOptions[select.selectedOptions.length - 1].selected = false;
        draw();
        changed();
      }
    });
    input.addEventListener("blur", () => { delete input.dataset.typed; if (!several) draw(); else input.value = ""; close(); });
    clear.addEventListener("click", () => { select.value = ""; draw(); changed(); input.focus(); });
    select.addEventListener("change", draw);
    draw();
  };
  const start = (root) => root.querySelectorAll("select[data-autocomplete]").forEach((select) => {
    if (!select.name.includes("__prefix__")) build(select);
  });
  start(document);
  document.addEventListener("admin:row", (event) => start(event.target));
})();
