/* Tells the page that opened this window what was done in it, and closes it. */
(() => {
  "use strict";
  const element = document.getElementById("popup-response");
  if (!element || !window.opener) return;
  const answer = JSON.parse(element.dataset.popupResponse);
  window.opener.postMessage({ source: "admin-popup", window: window.name, answer }, location.origin);
  window.close();
})();
