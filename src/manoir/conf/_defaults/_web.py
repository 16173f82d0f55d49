"""Settings of requests and answers: hosts, proxies, uploads, middleware, cookies, security headers, templates, files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from re import Pattern
from typing import Any, Literal

ONE_YEAR = 60 * 60 * 24 * 7 * 52


class WebDefaults:
    ALLOWED_HOSTS: Sequence[str] = []
    """Host names this site answers to; ".example.com" also matches subdomains, "*" everything. Empty with DEBUG: localhost."""
    SITE_URL: str | None = None
    """Scheme and host that links in mails lead to, such as "https://example.com"; None: the request's host, if
    ALLOWED_HOSTS names that very host."""
    TRUSTED_PROXIES: Sequence[str] = []
    """Addresses or networks ("10.0.0.0/8") of reverse proxies whose X-Forwarded-* headers are believed. Empty: nobody's."""
    USE_X_FORWARDED_HOST: bool = False
    """Take the host from X-Forwarded-Host of a trusted proxy."""
    USE_X_FORWARDED_PORT: bool = False
    """Take the port from X-Forwarded-Port of a trusted proxy."""
    SECURE_PROXY_SSL_HEADER: tuple[str, str] | None = None
    """Header and value by which a proxy says that the request came by HTTPS: ("HTTP_X_FORWARDED_PROTO", "https")."""
    FORCE_SCRIPT_NAME: str | None = None
    """Prefix under which the site is mounted; None takes the server's."""
    APPEND_SLASH: bool = True
    """Redirect "/page" to "/page/" when only the latter exists."""
    PREPEND_WWW: bool = False
    """Redirect "example.com" to "www.example.com"."""
    DISALLOWED_USER_AGENTS: Sequence[Pattern[str]] = []
    """Compiled expressions; a matching User-Agent gets 403."""
    IGNORABLE_404_URLS: Sequence[Pattern[str]] = []
    """Compiled expressions of paths whose 404 is not reported to MANAGERS."""
    MIDDLEWARE: Sequence[str] = []
    """Dotted paths of the onion's layers, outermost first."""
    DEFAULT_CHARSET: str = "utf-8"
    """Charset of text answers."""

    # -- bodies and uploads --
    DATA_UPLOAD_MAX_MEMORY_SIZE: int | None = 2_621_440
    """Largest request body in bytes, files not counted; None: no limit."""
    DATA_UPLOAD_MAX_BODY_SIZE: int | None = 1_073_741_824
    """Largest request body in bytes, uploads included; larger ones are answered 413; None: no limit."""
    DATA_UPLOAD_MAX_NUMBER_FIELDS: int | None = 1_000
    """Most fields of a query string or form; None: no limit."""
    DATA_UPLOAD_MAX_NUMBER_FILES: int | None = 100
    """Most files of one multipart body; None: no limit."""
    FILE_UPLOAD_HANDLERS: Sequence[str] = [
        "manoir.http.MemoryFileUploadHandler",
        "manoir.http.TemporaryFileUploadHandler",
    ]
    """Dotted paths of the classes that receive uploads, asked in order."""
    FILE_UPLOAD_MAX_MEMORY_SIZE: int = 2_621_440
    """Uploads above this many bytes are spooled to disk."""
    FILE_UPLOAD_MAX_IMAGE_PIXELS: int | None = 50_000_000
    """Most pixels (width times height) of a picture in an upload, read before it is decoded; None: no limit."""
    UPLOAD_SCANNER: dict[str, Any] = {}
    """Scanner that upload policies ask: BACKEND (`"manoir.uploads.ClamAV"`) and OPTIONS; empty: none."""
    UPLOAD_SCANNER_REQUIRED: bool = True
    """Refuse uploads while the scanner gives no verdict; False lets them in unscanned."""
    FILE_UPLOAD_TEMP_DIR: str | Path | None = None
    """Directory for spooled uploads; None: the system's."""
    FILE_UPLOAD_PERMISSIONS: int | None = 0o644
    """Mode of stored files; None: what the system gives."""
    FILE_UPLOAD_DIRECTORY_PERMISSIONS: int | None = None
    """Mode of directories made for stored files; None: what the system gives."""

    # -- CSRF --
    CSRF_COOKIE_AGE: int | None = ONE_YEAR
    """Seconds the CSRF cookie lives; None: until the browser closes."""
    CSRF_COOKIE_DOMAIN: str | None = None
    """Domain of the CSRF cookie; None: this host only."""
    CSRF_COOKIE_HTTPONLY: bool = False
    """Hide the CSRF cookie from scripts."""
    CSRF_COOKIE_NAME: str = "csrftoken"
    """Name of the CSRF cookie."""
    CSRF_COOKIE_PATH: str = "/"
    """Path of the CSRF cookie."""
    CSRF_COOKIE_SAMESITE: Literal["Lax", "Strict", "None", False] = "Lax"
    """SameSite of the CSRF cookie; False sends none."""
    CSRF_COOKIE_SECURE: bool = False
    """Send the CSRF cookie over HTTPS only."""
    CSRF_USE_SESSIONS: bool = False
    """Keep the token in the session instead of a cookie."""
    CSRF_FAILURE_VIEW: str = "manoir.security.csrf_failure"
    """Dotted path of the view `(request, reason="")` for refused requests."""
    CSRF_HEADER_NAME: str = "HTTP_X_CSRFTOKEN"
    """Key in `request.META` of the header that may carry the token."""
    CSRF_TRUSTED_ORIGINS: Sequence[str] = []
    """Other origins that may send unsafe requests, with scheme: "https://*.example.com"."""

    # -- security headers --
    SECURE_CONTENT_TYPE_NOSNIFF: bool = True
    """Send X-Content-Type-Options: nosniff."""
    SECURE_CROSS_ORIGIN_OPENER_POLICY: str | None = "same-origin"
    """Value of Cross-Origin-Opener-Policy; None sends none."""
    SECURE_CSP: Mapping[str, Any] = {}
    """Content-Security-Policy as directives: {"default-src": ["'self'"]}; empty sends none."""
    SECURE_CSP_REPORT_ONLY: Mapping[str, Any] = {}
    """The same for Content-Security-Policy-Report-Only."""
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = False
    """Add includeSubDomains to Strict-Transport-Security."""
    SECURE_HSTS_PRELOAD: bool = False
    """Add preload to Strict-Transport-Security."""
    SECURE_HSTS_SECONDS: int = 0
    """max-age of Strict-Transport-Security; 0 sends none."""
    SECURE_REDIRECT_EXEMPT: Sequence[str] = []
    """Expressions of paths that SECURE_SSL_REDIRECT leaves alone."""
    SECURE_REFERRER_POLICY: str | Sequence[str] | None = "same-origin"
    """Value or values of Referrer-Policy; None sends none."""
    SECURE_SSL_HOST: str | None = None
    """Host to which SECURE_SSL_REDIRECT redirects; None: the requested one."""
    SECURE_SSL_REDIRECT: bool = False
    """Redirect HTTP to HTTPS."""
    X_FRAME_OPTIONS: Literal["DENY", "SAMEORIGIN"] = "DENY"
    """Value of X-Frame-Options."""

    # -- templates and forms --
    TEMPLATES: Sequence[dict[str, Any]] = []
    """Template engines: BACKEND, NAME, DIRS, APP_DIRS, OPTIONS each."""
    FORM_RENDERER: str = "manoir.forms.TemplatesRenderer"
    """Dotted path of the class that renders forms and widgets."""
    URLIZE_ASSUME_HTTPS: bool = True
    """`urlize` makes https:// of bare host names."""

    # -- static files and media --
    STATIC_URL: str | None = None
    """URL below which static files are served, with a slash at its end."""
    STATIC_ROOT: str | Path | None = None
    """Directory into which `collectstatic` gathers files."""
    STATICFILES_DIRS: Sequence[Any] = []
    """Further directories with static files, or pairs of prefix and directory."""
    STATICFILES_FINDERS: Sequence[str] = [
        "manoir.staticfiles.FileSystemFinder",
        "manoir.staticfiles.AppDirectoriesFinder",
    ]
    """Dotted paths of the classes that find static files."""
    MEDIA_ROOT: str | Path = ""
    """Directory of uploaded files."""
    MEDIA_URL: str = ""
    """URL below which uploaded files are served, with a slash at its end."""
    PRIVATE_MEDIA_ROOT: str | Path = ""
    """Directory of files that only signed links lead to; empty: beside MEDIA_ROOT, `-private` at its end."""
    PRIVATE_MEDIA_URL: str = "/private/"
    """URL below which signed links to private files lie, with a slash at its end."""
    PRIVATE_MEDIA_EXPIRES: int = 3_600
    """Seconds for which a signed link to a private file is good at least."""
