/* Related objects in windows of their own: to look up a key, and to add, change, view or delete what a field points to.
   The window tells this page what it did (popup_response.js); without scripting the links open as pages. */
(() => {
  "use strict";
  let windows = 0;
  const opened = new Map(); // name of a window -> the element that it is for

  const open = (url, element) => {
    const address = new URL(url, location.href);
    address.searchParams.set("_popup", "1");
    windows += 1;
    const name = `admin-popup-${Date.now()}-${windows}`;
    const popup = window.open(address.href, name, "width=900,height=700,resizable=yes,scrollbars=yes");
    if (!popup) return false;
    opened.set(name, element);
    popup.focus();
    return true;
  };
  const fieldOf = (wrapper) => wrapper.querySelector("select, input:not([type=hidden]):not([role=combobox]):not([type=search])");

  const refresh = (wrapper) => {
    const field = fieldOf(wrapper);
    const value = field && !field.multiple ? field.value : "";
    wrapper.querySelectorAll("a[data-href-template]").forEach((link) => {
      link.hidden = !value;
      if (value) link.href = link.dataset.hrefTemplate.replace("__fk__", encodeURIComponent(value));
    });
  };
  document.addEventListener("change", (event) => {
    const wrapper = event.target.closest(".related-widget");
    if (wrapper) refresh(wrapper);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-popup], a[data-lookup]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (open(link.href, link)) event.preventDefault();
  });

  const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
  const option = (text, value) => new Option(text, value, true, true);

  const onAdd = (link, data) => {
    const field = fieldOf(link.closest(".related-widget"));
    const kind = link.closest(".related-widget").dataset.modelRef;
    if (field.tagName === "SELECT") field.add(option(data.obj, data.value));
    else field.value = field.classList.contains("vManyToManyRawIdAdminField") && field.value ? `${field.value},${data.value}` : data.value;
    // Other fields of the same kind may want the new object too.
    document.querySelectorAll(`.related-widget[data-model-ref="${CSS.escape(kind)}"] select`).forEach((other) => {
      if (other !== field && !other.dataset.autocomplete) other.add(new Option(data.obj, data.value));
    });
    changed(field);
  };
  const onChange = (link, data) => {
    const kind = link.closest(".related-widget").dataset.modelRef;
    document.querySelectorAll(`.related-widget[data-model-ref="${CSS.escape(kind)}"] select`).forEach((field) => {
      for (const one of field.options) {
        if (one.value === data.value) { one.textContent = data.obj; one.value = data.new_value; changed(field); }
      }
    });
  };
  const onDelete = (link, data) => {
    const kind = link.closest(".related-widget").dataset.modelRef;
    document.querySelectorAll(`.related-widget[data-model-ref="${CSS.escape(kind)}"] select`).forEach((field) => {
      for (const one of [...field.options]) if (one.value === data.value) one.remove();
      changed(field);
    });
  };
  const onLookup = (link, data) => {
    const field = document.getElementById(link.dataset.lookup);
    const several = field.classList.contains("vManyToManyRawIdAdminField") && field.value;
    field.value = several ? `${field.value},${data.value}` : data.value;
    const names = document.querySelector(`[data-names-for="${CSS.escape(field.id)}"]`);
    if (names) names.textContent = several ? `${names.textContent}, ${data.obj}` : data.obj;
    changed(field);
  };

  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin || !event.data || event.data.source !== "admin-popup") return;
    const link = opened.get(event.data.window);
    if (!link) return;
    opened.delete(event.data.window);
    const data = event.data.answer;
    if (link.dataset.lookup) onLookup(link, data);
    else if (data.action === "change") onChange(link, data);
    else if (data.action === "delete") onDelete(link, data);
    else onAdd(link, data);
    link.focus();
  });

  /* A list that was opened as a look-up gives back the row that is chosen. */
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-popup-opener]");
    if (!row || !window.opener) return;
    event.preventDefault();
    const answer = { value: row.dataset.popupOpener, obj: row.textContent.trim() };
    window.opener.postMessage({ source: "admin-popup", window: window.name, answer }, location.origin);
    window.close();
  });
})();
