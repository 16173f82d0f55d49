"""The engines of TEMPLATES, built when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from manoir.conf import import_string, on_change, settings
from manoir.exceptions import ImproperlyConfigured, nearest


class EngineHandler:
    """The configured engines by name, in the order of TEMPLATES.

    Args:
        templates: what TEMPLATES would be; None asks the settings.

    Example:
        >>> engines = EngineHandler([{"BACKEND": "manoir.templates.Engine"}])
        >>> list(engines)
        ['manoir']
    """

    def __init__(self, templates: list[dict[str, Any]] | None = None) -> None:
        self._given = templates
        self._templates: dict[str, dict[str, Any]] | None = None
        self._engines: dict[str, Any] = {}
        self._fallback: Any = None

    @property
    def templates(self) -> dict[str, dict[str, Any]]:
        """The entries of TEMPLATES by NAME, with their defaults filled in.

        Raises:
            ImproperlyConfigured: an entry has no BACKEND, or two have the same NAME.
        """
        if self._templates is None:
            entries = settings.TEMPLATES if self._given is None else self._given
            self._templates = by_name(entries)
        return self._templates

    def __getitem__(self, alias: str) -> Any:
        if alias not in self._engines:
            if alias not in self.templates:
                raise no_engine(alias, self.templates)
            self._engines[alias] = build(dict(self.templates[alias]))
        return self._engines[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(self.templates)

    def __contains__(self, alias: object) -> bool:
        return alias in self.templates

    def all(self) -> list[Any]:
        """Return all engines, in order."""
        return [self[alias] for alias in self]

    def default(self) -> Any:
        """Return the first engine of manoir's own kind; one without directories when TEMPLATES names none."""
        for engine in self.all():
            if hasattr(engine, "builtin_libraries"):
                return engine
        if self._fallback is None:
            self._fallback = import_string("manoir.templates.Engine")()
        return self._fallback

    def reset(self) -> None:
        """Forget the engines, so that changed settings are seen."""
        self._templates = None
        self._engines = {}
        self._fallback = None


def by_name(entries: Any) -> dict[str, dict[str, Any]]:
    named: dict[str, dict[str, Any]] = {}
    for entry in entries:
        backend = entry.get("BACKEND")
        if not isinstance(backend, str):
            raise ImproperlyConfigured(
                f'An entry of TEMPLATES has no BACKEND, such as "manoir.templates.Engine": {entry!r}'
            )
        name = entry.get("NAME") or default_name(backend)
        if name in named:
            raise ImproperlyConfigured(f"Two entries of TEMPLATES are called {name!r}; give each a NAME of its own.")
        named[name] = {"DIRS": [], "APP_DIRS": False, "OPTIONS": {}, **entry, "NAME": name}
    return named


def default_name(backend: str) -> str:
    """Return the name of an engine without NAME: "manoir" for our own, otherwise its class in lower case."""
    kind = backend.rpartition(".")[2].lower()
    return "manoir" if backend == "manoir.templates.Engine" else kind


def build(params: dict[str, Any]) -> Any:
    backend = import_string(params.pop("BACKEND"))
    return backend.from_params(params) if hasattr(backend, "from_params") else backend(params)


def no_engine(alias: str, known: Mapping[str, Any]) -> ImproperlyConfigured:
    names = ", ".join(map(repr, known)) or "none"
    return ImproperlyConfigured(f"TEMPLATES has no engine {alias!r}.{nearest(alias, known)} Engines: {names}.")


engines = EngineHandler()
"""The engines of the TEMPLATES setting."""


@on_change
def forget_engines(name: str, value: Any = None, enter: bool = True) -> None:
    """Build the engines anew after a setting they depend on was overridden."""
    if name in ("TEMPLATES", "DEBUG", "INSTALLED_APPS"):
        engines.reset()
