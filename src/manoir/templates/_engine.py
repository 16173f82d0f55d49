"""`Engine`: where templates are found and what they can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import fspath
from typing import TYPE_CHECKING, Any, Self

from manoir import bridge
from manoir.conf import import_string, settings
from manoir.exceptions import (
    ImproperlyConfigured,
    InvalidTemplateLibrary,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    nearest,
)
from manoir.templates import _filters, _tags
from manoir.templates._context import Context, ContextProcessor
from manoir.templates._discovery import app_libraries, import_library, registered_builtins, registered_libraries
from manoir.templates._loader import Loader, Origin, missing
from manoir.templates._registry import engines
from manoir.templates._template import Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manoir.templates._library import Library
    from manoir.templates._safe import SafeString

OPTIONS = {
    "autoescape", "builtins", "context_processors", "debug", "file_charset", "libraries", "loaders", "string_if_invalid",
}  # fmt: skip
OWN_LIBRARIES = {
    "cache": "manoir.templates.libraries.cache",
    "i18n": "manoir.templates.libraries.i18n",
    "l10n": "manoir.templates.libraries.l10n",
    "tz": "manoir.templates.libraries.tz",
}
FILESYSTEM = "manoir.templates.loaders.filesystem.Loader"
APP_DIRECTORIES = "manoir.templates.loaders.app_directories.Loader"
CACHED = "manoir.templates.loaders.cached.Loader"
MAX_MESSAGES = 512
"""Names that were not there whose messages are kept."""


class Engine:
    """Finds, compiles and keeps templates. It is a BACKEND of the TEMPLATES setting, and can be used alone.

    Args:
        dirs: directories to look in, in order.
        app_dirs: also look in the `templates` directory of each app.
        context_processors: dotted paths of functions of a request that return further variables.
        debug: look at each rendering whether files have changed; None asks the setting DEBUG.
        loaders: dotted paths of loaders, or lists of one and its arguments; None makes them of `dirs` and `app_dirs`.
        string_if_invalid: printed for a variable that does not exist; "%s" in it is the variable's name.
        file_charset: how template files are encoded.
        libraries: modules of tags by the name that `{% load %}` uses.
        builtins: modules of tags that need no `{% load %}`.
        autoescape: whether printed values are escaped.
        name: NAME of the engine in TEMPLATES.

    Raises:
        ImproperlyConfigured: options that contradict each other or do not exist.

    Example:
        >>> Engine().from_string("{{ 3|add:4 }}").render()
        Markup('7')
    """

    def __init__(
        self,
        dirs: Sequence[Any] | None = None,
        app_dirs: bool = False,
        context_processors: Sequence[str] | None = None,
        debug: bool | None = None,
        loaders: Sequence[Any] | None = None,
        string_if_invalid: str = "",
        file_charset: str = "utf-8",
        libraries: Mapping[str, str] | None = None,
        builtins: Sequence[str] | None = None,
        autoescape: bool = True,
        *,
        name: str = "manoir",
    ) -> None:
        if loaders is not None and app_dirs:
            raise ImproperlyConfigured(
                "TEMPLATES: APP_DIRS and loaders both say where templates are. Leave APP_DIRS out, and list its loader in loaders."
            )
        if not isinstance(string_if_invalid, str):
            raise ImproperlyConfigured(f"string_if_invalid must be text, not {string_if_invalid!r}.")
        self.name = name
        self.dirs = [fspath(directory) for directory in dirs or ()]
        self.app_dirs = app_dirs
        self.context_processors = list(context_processors or ())
        self.debug = settings.DEBUG if debug is None else debug
        self.string_if_invalid = string_if_invalid
        self.file_charset = file_charset
        self.autoescape = autoescape
        self.libraries = dict(libraries or {})
        self.builtins = list(builtins or ())
        self.loaders = list(loaders) if loaders is not None else self.default_loaders()
        self.reloads = bool(self.debug)
        self._processors: tuple[ContextProcessor, ...] | None = None
        self._loaders: list[Loader] | None = None
        self._messages: dict[str, str] = {}
        self._apps_libraries: dict[str, str] | None = None

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Self:
        """Build an engine of an entry of TEMPLATES.

        Raises:
            ImproperlyConfigured: an option does not exist.
        """
        options = dict(params.get("OPTIONS", {}))
        unknown = sorted(set(options) - OPTIONS)
        if unknown:
            hint = nearest(unknown[0], OPTIONS)
            raise ImproperlyConfigured(f"TEMPLATES: {params.get('NAME')!r} has an unknown option {unknown[0]!r}.{hint}")
        return cls(params.get("DIRS"), bool(params.get("APP_DIRS")), name=params.get("NAME", "manoir"), **options)

    @staticmethod
    def get_default() -> Engine:
        """Return the first configured engine of this kind."""
        return engines.default()

    def default_loaders(self) -> list[Any]:
        """Return the loaders that DIRS and APP_DIRS stand for."""
        found: list[Any] = [(FILESYSTEM, self.dirs)]
        if self.app_dirs:
            found.append(APP_DIRECTORIES)
        return [(CACHED, found)]

    # -- templates --------------------------------------------------------------------------------------------------

    def from_string(self, template_code: str) -> Template:
        """Compile a template of a string.

        Raises:
            TemplateSyntaxError: anything wrong in it.
        """
        return Template(template_code, engine=self)

    def compile(self, source: str, origin: Origin, name: str | None) -> Template:
        """Compile a template's source; for loaders."""
        return Template(source, origin, name, engine=self)

    def get_template(self, template_name: str, skip: Sequence[Origin] | None = None) -> Template:
        """Return a template, compiled once and kept.

        Args:
            template_name: its name, as `shop/books.html`; with `#name` at the end that `{% partialdef %}` of it.
            skip: origins that must not be used.

        Raises:
            TemplateDoesNotExist: no loader found it; the message lists the places and near names.
            TemplateSyntaxError: it cannot be compiled.
        """
        name, hash_sign, partial = template_name.partition("#")
        template, _origin = self.find_template(name, skip=skip)
        return template.partial(partial) if hash_sign else template

    def find_template(
        self, name: str, dirs: object = None, skip: Sequence[Origin] | None = None
    ) -> tuple[Template, Origin]:
        """Return a template and where it was found."""
        tried: list[tuple[Origin, str]] = []
        for loader in self.template_loaders:
            try:
                template = loader.get_template(name, skip=skip)
            except TemplateDoesNotExist as error:
                tried.extend(error.__dict__.get("tried", ()))
            else:
                return template, template.origin
        raise missing(name, tried, describe=lambda: self.not_found(name, tried))

    def not_found(self, name: str, tried: Sequence[tuple[Origin, str]]) -> str:
        """The message for a name that is not there.

        It is kept where templates are: of several names the first are often missing, on purpose, at every request.
        """
        kept = None if self.reloads else self._messages.get(name)
        if kept is None:
            kept = self._describe_missing(name, tried)
            if len(self._messages) >= MAX_MESSAGES:
                self._messages.clear()
            self._messages[name] = kept
        return kept

    def _describe_missing(self, name: str, tried: Sequence[tuple[Origin, str]]) -> str:
        known = sorted({known for loader in self.template_loaders for known in loader.names()})
        places = "".join(f"\n  {origin.name} ({reason})" for origin, reason in tried)
        looked = f" Looked for:{places}" if places else " No place to look in: set DIRS or APP_DIRS in TEMPLATES."
        return f"There is no template {name!r}.{nearest(name, known)}{looked}"

    def select_template(self, template_name_list: Sequence[str]) -> Template:
        """Return the first template of several names that exists.

        Raises:
            TemplateDoesNotExist: none exists, or the list is empty.
        """
        if isinstance(template_name_list, str):
            raise TypeError(f"select_template() takes a list of names; use get_template({template_name_list!r}).")
        if not template_name_list:
            raise missing("", message="select_template() was given no names.")
        errors: list[TemplateDoesNotExist] = []
        tried: list[Any] = []
        for name in template_name_list:
            try:
                return self.get_template(name)
            except TemplateDoesNotExist as error:
                if error.__dict__.get("template_name") != name.partition("#")[0]:
                    raise
                errors.append(error)
                tried.extend(error.__dict__.get("tried", ()))
        raise missing(", ".join(template_name_list), tried, "\n".join(map(str, errors)))

    def render_to_string(
        self, template_name: str | Sequence[str], context: Mapping[str, Any] | Context | None = None
    ) -> SafeString:
        """Render a template by name, or the first that exists of several."""
        if isinstance(template_name, str):
            return self.get_template(template_name).render(context)
        return self.select_template(template_name).render(context)

    # -- loaders and processors -------------------------------------------------------------------------------------

    @property
    def template_loaders(self) -> list[Loader]:
        """The loaders, made when first needed."""
        if self._loaders is None:
            self._loaders = [self.find_template_loader(loader) for loader in self.loaders]
        return self._loaders

    def find_template_loader(self, loader: Any) -> Loader:
        """Make a loader of its dotted path, or of a list of path and arguments.

        Raises:
            ImproperlyConfigured: it is neither.
        """
        arguments: list[Any] = []
        if isinstance(loader, (tuple, list)):
            loader, *arguments = loader
        if isinstance(loader, str):
            loader = import_string(loader)
        if not (isinstance(loader, type) and issubclass(loader, Loader)):
            raise ImproperlyConfigured(f"A template loader is a dotted path of a Loader class, not {loader!r}.")
        return loader(self, *arguments)

    @property
    def template_context_processors(self) -> tuple[ContextProcessor, ...]:
        """The context processors, imported when first needed."""
        if self._processors is None:
            self._processors = tuple(import_string(path) for path in self.context_processors)
        return self._processors

    def reset(self) -> None:
        """Forget all compiled templates."""
        for loader in self.template_loaders:
            loader.reset()

    # -- libraries --------------------------------------------------------------------------------------------------

    @property
    def template_builtins(self) -> list[Library]:
        """Libraries that need no `{% load %}`."""
        return list(self.builtin_libraries())

    def builtin_libraries(self) -> Iterator[Library]:
        """Return the libraries that need no `{% load %}`, later ones win."""
        yield _tags.register
        yield _filters.register
        yield from registered_builtins()
        for path in self.builtins:
            yield import_library(path)

    @property
    def template_libraries(self) -> dict[str, Library]:
        """All libraries that `{% load %}` finds, by name; imports them all."""
        return {name: self.library(name) for name in self.library_names()}

    def library_names(self) -> list[str]:
        """Return the names that `{% load %}` knows."""
        return [*OWN_LIBRARIES, *registered_libraries(), *self.app_libraries(), *self.libraries]

    def app_libraries(self) -> dict[str, str]:
        """Return modules of tags in the `templatetags` packages of the apps, by name."""
        return app_libraries()

    def library(self, name: str) -> Library:
        """Return a library by the name `{% load %}` uses.

        Raises:
            TemplateSyntaxError: there is none of that name; the message names near ones.
            InvalidTemplateLibrary: its module cannot be used.
        """
        path = self.libraries.get(name) or self.app_libraries().get(name) or OWN_LIBRARIES.get(name)
        if path is not None:
            return import_library(path)
        registered = registered_libraries().get(name)
        if registered is not None:
            return registered
        names = self.library_names()
        known = ", ".join(sorted(names))
        raise TemplateSyntaxError(f"there is no library {name!r}.{nearest(name, names)} Libraries: {known}.")

    def known_libraries(self, kind: str) -> Iterator[tuple[str, Iterable[str]]]:
        """Return the names of libraries and of the tags or filters in them, for hints in errors."""
        for name in self.library_names():
            try:
                yield name, getattr(self.library(name), kind)
            except (InvalidTemplateLibrary, TemplateSyntaxError):
                continue

    async def arender_to_string(
        self, template_name: str | Sequence[str], context: Mapping[str, Any] | None = None
    ) -> SafeString:
        """Render a template by name in a coroutine."""
        return await bridge.spawn(self.render_to_string, template_name, context)

    def __repr__(self) -> str:
        return f"<Engine {self.name!r} dirs={self.dirs!r} app_dirs={self.app_dirs!r}>"
