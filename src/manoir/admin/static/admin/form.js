/* The form of an object: rows of inlines, fields that fill themselves, the first error, work that would be lost.
   Everything here is a convenience: the page works without it. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-edit]");
  if (!form) return;

  /* -- the first error gets the focus ---------------------------------------------------------------------------- */
  const first = document.querySelector("[data-first-error]");
  if (first) first.focus();
  document.querySelectorAll(".error-summary a[href^='#']").forEach((link) => {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      field.dispatchEvent(new CustomEvent("admin:reveal", { bubbles: true }));
      for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
      const focusable = field.matches("input, select, textarea, button") ? field : field.querySelector("input, select, textarea");
      (focusable || field).focus();
      field.scrollIntoView({ block: "center" });
    });
  });

  /* -- rows of inlines ------------------------------------------------------------------------------------------- */
  const made = new CustomEvent("admin:row", { bubbles: true });
  form.querySelectorAll("[data-inline]").forEach((group) => {
    const prefix = group.dataset.inline;
    const rows = group.querySelector("[data-inline-rows]");
    const template = group.querySelector("template[data-inline-template]");
    const add = group.querySelector("[data-inline-add]");
    const total = form.elements[`${prefix}-TOTAL_FORMS`];
    const most = form.elements[`${prefix}-MAX_NUM_FORMS`];
    const initial = form.elements[`${prefix}-INITIAL_FORMS`];
    if (!rows || !total) return;

    const count = () => Number(total.value);
    const update = () => {
      if (add) add.hidden = most && most.value !== "" && rows.querySelectorAll("[data-inline-row]:not(.going)").length >= Number(most.value);
    };
    const renumber = (element, from, to) => {
      for (const part of [element, ...element.querySelectorAll("*")]) {
        for (const { name, value } of [...part.attributes]) {
          if (value.includes(from)) part.setAttribute(name, value.replaceAll(from, to));
        }
      }
    };
    const removable = (row) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet";
      button.textContent = window.adminWords("remove");
      button.addEventListener("click", () => {
        const number = Number(row.id.slice(prefix.length + 1));
        const after = [...rows.querySelectorAll("[data-inline-row]")].filter((one) => Number(one.id.slice(prefix.length + 1)) > number);
        row.remove();
        after.forEach((one, index) => renumber(one, `${prefix}-${number + index + 1}`, `${prefix}-${number + index}`));
        total.value = count() - 1;
        update();
        if (add) add.focus();
        form.dispatchEvent(new Event("change", { bubbles: true }));
      });
      (row.querySelector(".delete-column, .inline-head") || row).append(button);
    };
    if (add && template) {
      add.addEventListener("click", () => {
        const row = template.content.firstElementChild.cloneNode(true);
        const number = count();
        renumber(row, "__prefix__", String(number));
        renumber(row, "__number__", String(number + 1));
        row.querySelectorAll("[data-inline-number]").forEach((one) => { one.textContent = number + 1; });
        row.querySelectorAll("legend, label").forEach((one) => { one.textContent = one.textContent.replace("__number__", number + 1); });
        rows.append(row);
        total.value = number + 1;
        row.querySelectorAll(".delete-column > *, .delete-box").forEach((one) => one.remove());
        removable(row);
        row.dispatchEvent(made);
        update();
        const field = row.querySelector("input:not([type=hidden]), select, textarea");
        if (field) field.focus();
      });
    }
    rows.addEventListener("change", (event) => {
      if (event.target.name && event.target.name.endsWith("-DELETE")) {
        event.target.closest("[data-inline-row]").classList.toggle("going", event.target.checked);
        update();
      }
    });
    rows.querySelectorAll("[data-inline-row]").forEach((row) => {
      const box = row.querySelector("input[name$='-DELETE']");
      if (box && box.checked) row.classList.add("going");
    });
    if (initial) update();
  });

  /* -- fields that fill themselves ------------------------------------------------------------------------------- */
  const slug = (text, unicode) => {
    const plain = text.normalize("NFKD").toLowerCase();
    const kept = unicode ? text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}_\s-]/gu, "") : plain.replace(/[^a-z0-9_\s-]/g, "");
    return kept.trim().replace(/[\s-]+/g, "-").replace(/^[-_]+|[-_]+$/g, "");
  };
  const prepopulate = (root) => {
    root.querySelectorAll("[data-prepopulate]").forEach((field) => {
      const sources = field.dataset.prepopulate.split(" ").map((id) => document.getElementById(id.slice(1))).filter(Boolean);
      if (field.value) return; // a stored address stays
      let own = false;
      field.addEventListener("input", () => { own = true; });
      const fill = () => {
        if (own) return;
        const text = sources.map((one) => (one.tagName === "SELECT" ? one.selectedOptions[0]?.text || "" : one.value)).filter(Boolean).join(" ");
        field.value = slug(text, field.dataset.allowUnicode === "true").slice(0, Number(field.dataset.maxLength) || 50);
      };
      sources.forEach((one) => { one.addEventListener("input", fill); one.addEventListener("change", fill); });
    });
  };
  prepopulate(form);
  form.addEventListener("admin:row", (event) => prepopulate(event.target));

  /* -- nothing is lost, nothing is sent twice -------------------------------------------------------------------- */
  let changed = Boolean(first);
  let sent = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", () => { changed = true; });
  form.addEventListener("submit", (event) => {
    if (sent) { event.preventDefault(); return; }
    sent = true;
    setTimeout(() => { sent = false; }, 5000); // a browser that stayed here may try again
  });
  window.addEventListener("pageshow", () => { sent = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed && !sent) event.preventDefault();
  });
})();
