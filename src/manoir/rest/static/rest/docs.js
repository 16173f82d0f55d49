// Starts Swagger UI on the description of this API. Requests that are tried carry the CSRF token of the page.
"use strict";
{
  const page = document.getElementById("docs");
  window.SwaggerUIBundle({
    domNode: page,
    url: page.dataset.url,
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor(request) {
      if (new URL(request.url, location.href).origin === location.origin) {
        request.headers["X-CSRFToken"] = page.dataset.token;
      }
      return request;
    },
  });
}
