"""Rules of single settings: what their values must be beyond their type."""

from __future__ import annotations

import ipaddress
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from manoir.conf._counterparts import counterpart_hint
from manoir.conf._database_url import ENGINES
from manoir.conf._problems import Problem
from manoir.exceptions import nearest

Values: TypeAlias = Mapping[str, Any]
Find: TypeAlias = Callable[[Values], Iterator[str]]

MIN_SECRET_KEY = 32
MIN_DISTINCT = 5
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

DATABASE_ENGINES = ("manoir.db.sqlite", "manoir.db.postgresql")
DATABASE_KEYS = (
    "ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS", "ATOMIC_REQUESTS", "AUTOCOMMIT",
    "CONN_HEALTH_CHECKS", "CONN_MAX_AGE", "DISABLE_SERVER_SIDE_CURSORS", "TIME_ZONE", "TIMEOUT", "POOL", "TEST",
)  # fmt: skip
TEMPLATE_KEYS = ("BACKEND", "NAME", "DIRS", "APP_DIRS", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over settings; it runs when all of them have the right type.

    Attributes:
        settings: names it reads; the first one is what its messages are about.
        messages: yields one message per problem.
    """

    settings: tuple[str, ...]
    messages: Find

    def find(self, values: Values) -> Iterator[Problem]:
        """Yield the problems."""
        return (Problem(self.settings[0], message) for message in self.messages(values))


RULES: list[Rule] = []


def rule(*settings: str) -> Callable[[Find], Find]:
    """Register a rule over these settings."""

    def register(messages: Find) -> Find:
        RULES.append(Rule(settings, messages))
        return messages

    return register


@rule("SECRET_KEY", "DEBUG")
def secret_key(values: Values) -> Iterator[str]:
    key = values["SECRET_KEY"]
    if values["DEBUG"]:
        return
    remedy = (
        'Put a random one into the environment or .env: python -c "import secrets; print(secrets.token_urlsafe(50))".'
    )
    if not key:
        yield f"SECRET_KEY is missing. {remedy}"
    elif len(key) < MIN_SECRET_KEY or len(set(key)) < MIN_DISTINCT:
        yield f"SECRET_KEY is too weak: it needs at least {MIN_SECRET_KEY} random characters. {remedy}"


@rule("INSTALLED_APPS")
def installed_apps(values: Values) -> Iterator[str]:
    seen: set[str] = set()
    for app in values["INSTALLED_APPS"]:
        if app in seen:
            yield f"INSTALLED_APPS names {app!r} twice. Remove one."
        seen.add(app)


@rule("MIDDLEWARE")
def middleware(values: Values) -> Iterator[str]:
    for path in values["MIDDLEWARE"]:
        if "." not in path:
            yield f"MIDDLEWARE has {path!r}, which is not a dotted path: write 'package.module.Name'."
        elif hint := counterpart_hint(path):
            yield f"MIDDLEWARE has {path!r}.{hint}"


@rule("ALLOWED_HOSTS")
def allowed_hosts(values: Values) -> Iterator[str]:
    for host in values["ALLOWED_HOSTS"]:
        if "/" in host or (":" in host and not host.startswith("[")):
            yield f"ALLOWED_HOSTS has {host!r}: write the host name alone, without scheme, port and path, such as 'example.com'."


@rule("CSRF_TRUSTED_ORIGINS")
def csrf_trusted_origins(values: Values) -> Iterator[str]:
    for origin in values["CSRF_TRUSTED_ORIGINS"]:
        if not origin.startswith(("http://", "https://")) or urlsplit(origin).path:
            yield f"CSRF_TRUSTED_ORIGINS has {origin!r}: write scheme and host, such as 'https://example.com'."


@rule("SITE_URL")
def site_url(values: Values) -> Iterator[str]:
    url = values["SITE_URL"]
    if url is None:
        return
    parts = urlsplit(url)
    if not url.startswith(("http://", "https://")) or not parts.netloc or parts.path.strip("/") or "@" in parts.netloc:
        yield f"SITE_URL is {url!r}: write scheme and host only, such as 'https://example.com'."


@rule("TRUSTED_PROXIES")
def trusted_proxies(values: Values) -> Iterator[str]:
    for network in values["TRUSTED_PROXIES"]:
        if network == "unix":  # peers on a Unix socket, which have no address
            continue
        try:
            ipaddress.ip_network(network[:64])
        except ValueError as error:
            yield f"TRUSTED_PROXIES has {network!r}, which is no address or network such as '10.0.0.0/8' ({error})."


@rule("DATABASES")
def databases(values: Values) -> Iterator[str]:
    found: dict[str, dict[str, Any]] = values["DATABASES"]
    if found and "default" not in found:
        yield f"DATABASES has no 'default'.{nearest('default', found)} Name the database that is used without `using` so."
    for alias, database in found.items():
        yield from database_messages(f"DATABASES[{alias!r}]", database)


def database_messages(where: str, database: dict[str, Any]) -> Iterator[str]:
    for key in database:
        if key not in DATABASE_KEYS and (hint := nearest(key.upper(), DATABASE_KEYS)):
            yield f"{where} has {key!r}, which means nothing.{hint}"
    if not database:
        return  # a database that must not be used
    engine = database.get("ENGINE", "")
    if not engine:
        yield f"{where} has no 'ENGINE'. Use one of {', '.join(DATABASE_ENGINES)}, or env.database()."
    elif not isinstance(engine, str) or (engine not in DATABASE_ENGINES and not exists(engine)):
        hint = counterpart_hint(str(engine)) or nearest_engine(str(engine))
        yield f"{where} has the unknown ENGINE {engine!r}.{hint} Engines: {', '.join(DATABASE_ENGINES)}."
    elif engine in DATABASE_ENGINES and not database.get("NAME") and "service" not in database.get("OPTIONS", {}):
        yield f"{where} has no 'NAME': the database's name, or the file of an SQLite database."
    if not isinstance(database.get("OPTIONS", {}), dict):
        yield f"{where}['OPTIONS'] must be a dict."


def nearest_engine(engine: str) -> str:
    """Suggest an engine by its dotted path, or by its short name alone."""
    short = nearest(engine.rpartition(".")[2].lower(), ENGINES, prefix="{}")
    close = next((path for name, path in ENGINES.items() if short.startswith(repr(name))), None)
    return f" Did you mean {close!r}?" if close else nearest(engine, DATABASE_ENGINES)


def exists(module_path: str) -> bool:
    """Tell whether a module can be found, without importing it (its packages are)."""
    if module_path.startswith(("manoir.", "django.")):
        return False
    try:
        return find_spec(module_path) is not None
    except (ImportError, ValueError):
        return False


def aliases_rule(setting: str, example: str, *, default_required: bool = True) -> None:
    """Register the rule for a setting that is a dict of aliases with a BACKEND each."""

    def messages(values: Values) -> Iterator[str]:
        entries: dict[str, dict[str, Any]] = values[setting]
        if default_required and "default" not in entries:
            yield f"{setting} has no 'default'. Write {{'default': {{'BACKEND': {example!r}}}}}."
        for alias, entry in entries.items():
            backend = entry.get("BACKEND")
            if not isinstance(backend, (str, type)) or not backend:
                hint = nearest("BACKEND", [key for key in entry if key != "BACKEND"], prefix=" (found {})")
                yield f"{setting}[{alias!r}] has no 'BACKEND'{hint}. Write its dotted path, such as {example!r}."
            elif isinstance(backend, str) and (hint := counterpart_hint(backend)):
                yield f"{setting}[{alias!r}] has the unknown BACKEND {backend!r}.{hint}"

    RULES.append(Rule((setting,), messages))


aliases_rule("CACHES", "manoir.cache.LocMemCache")
aliases_rule("STORAGES", "manoir.storage.FileSystemStorage", default_required=False)
aliases_rule("TASKS", "manoir.tasks.DatabaseBackend", default_required=False)
aliases_rule("MAILERS", "manoir.mail.SMTPBackend", default_required=False)


@rule("TEMPLATES")
def templates(values: Values) -> Iterator[str]:
    names: set[str] = set()
    for at, engine in enumerate(values["TEMPLATES"]):
        where = f"TEMPLATES[{at}]"
        backend = engine.get("BACKEND")
        if not isinstance(backend, str) or "." not in backend:
            yield f"{where} has no 'BACKEND'. Write 'manoir.templates.Engine'."
            continue
        if hint := counterpart_hint(backend):
            yield f"{where} has the unknown BACKEND {backend!r}.{hint}"
        yield from template_messages(where, engine)
        name = engine.get("NAME") or backend.rpartition(".")[2]
        if name in names:
            yield f"{where} is the second engine called {name!r}. Give each its own NAME."
        names.add(name)


def template_messages(where: str, engine: dict[str, Any]) -> Iterator[str]:
    for key in engine:
        if key not in TEMPLATE_KEYS:
            yield f"{where} has the unknown key {key!r}.{nearest(key.upper(), TEMPLATE_KEYS)} Keys: {', '.join(TEMPLATE_KEYS)}."
    if not isinstance(engine.get("DIRS", []), (list, tuple)):
        yield f"{where}['DIRS'] must be a list of directories."
    if not isinstance(engine.get("APP_DIRS", False), bool):
        yield f"{where}['APP_DIRS'] must be True or False."
    if not isinstance(engine.get("OPTIONS", {}), dict):
        yield f"{where}['OPTIONS'] must be a dict."


@rule("AUTH_USER_MODEL")
def auth_user_model(values: Values) -> Iterator[str]:
    label, dot, name = values["AUTH_USER_MODEL"].partition(".")
    if not (dot and label.isidentifier() and name.isidentifier()):
        yield f"AUTH_USER_MODEL must be 'app_label.Model', not {values['AUTH_USER_MODEL']!r}."


@rule("TIME_ZONE")
def time_zone(values: Values) -> Iterator[str]:
    name = values["TIME_ZONE"]
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield f"TIME_ZONE names the unknown zone {name!r}.{nearest(name, zoneinfo.available_timezones())}"


@rule("STATIC_URL")
def static_url(values: Values) -> Iterator[str]:
    return slash_at_end("STATIC_URL", values)


@rule("MEDIA_URL")
def media_url(values: Values) -> Iterator[str]:
    return slash_at_end("MEDIA_URL", values)


def slash_at_end(setting: str, values: Values) -> Iterator[str]:
    url = values[setting]
    if url and not str(url).endswith("/"):
        yield f"{setting} must end with a slash: {f'{url}/'!r}."


@rule("EMAIL_USE_TLS", "EMAIL_USE_SSL")
def email_tls(values: Values) -> Iterator[str]:
    if values["EMAIL_USE_TLS"] and values["EMAIL_USE_SSL"]:
        yield "EMAIL_USE_TLS and EMAIL_USE_SSL exclude each other. Keep SSL for port 465, TLS for port 587."


def cookie_name_rule(setting: str) -> None:
    def messages(values: Values) -> Iterator[str]:
        name = values[setting]
        if not name or not TOKEN.issuperset(name):
            yield f"{setting} is {name!r}: a cookie's name has letters, digits and !#$%&'*+-.^_`|~ only."

    RULES.append(Rule((setting,), messages))


for cookie in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME"):
    cookie_name_rule(cookie)


def not_negative_rule(setting: str) -> None:
    def messages(values: Values) -> Iterator[str]:
        if values[setting] is not None and values[setting] < 0:
            yield f"{setting} must not be negative; it is {values[setting]}."

    RULES.append(Rule((setting,), messages))


for limit in (
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DATA_UPLOAD_MAX_BODY_SIZE",
    "DATA_UPLOAD_MAX_NUMBER_FIELDS",
    "DATA_UPLOAD_MAX_NUMBER_FILES",
    "FILE_UPLOAD_MAX_MEMORY_SIZE",
    "SECURE_HSTS_SECONDS",
    "SESSION_COOKIE_AGE",
    "PASSWORD_RESET_TIMEOUT",
    "DB_CONNECT_TIMEOUT",
    "DB_POOL_TIMEOUT",
    "DB_TIMEOUT",
):
    not_negative_rule(limit)
