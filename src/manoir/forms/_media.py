"""`Media`: the style sheets and scripts that widgets and forms need, each once, in the order they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast
from warnings import warn

from manoir.conf import settings
from manoir.templates import SafeString, format_html

Sheets = Mapping[str, Sequence[Any]]


class MediaOrderConflictWarning(RuntimeWarning):
    """Two lists of files ask for opposite orders."""


class Media:
    """Files that a page needs for its widgets. Never inline code, so that a strict Content-Security-Policy holds.

    Args:
        media: a class with the attributes `css` and `js`; instead of the two others.
        css: paths of style sheets by medium: `{"all": ["a.css"]}`.
        js: paths of scripts. A path that begins with `/`, `http://` or `https://` is used as it is, any other is below
            STATIC_URL.

    Example:
        >>> print(Media(js=["/a.js"]) + Media(js=["/b.js", "/a.js"]))
        <script src="/b.js"></script>
        <script src="/a.js"></script>
    """

    def __init__(self, media: Any = None, css: Sheets | None = None, js: Sequence[Any] | None = None) -> None:
        sheets = cast("Sheets", getattr(media, "css", {}) if media is not None else css or {})
        scripts = cast("Sequence[Any]", getattr(media, "js", ()) if media is not None else js or ())
        self._css_lists: list[dict[str, list[Any]]] = [{medium: list(paths) for medium, paths in sheets.items()}]
        self._js_lists: list[list[Any]] = [list(scripts)]

    @property
    def _css(self) -> dict[str, list[Any]]:
        mediums = dict.fromkeys(medium for sheets in self._css_lists for medium in sheets)
        return {medium: merged([sheets.get(medium, []) for sheets in self._css_lists]) for medium in mediums}

    @property
    def _js(self) -> list[Any]:
        return merged(self._js_lists)

    def __add__(self, other: Media) -> Media:
        both = Media()
        both._css_lists = [sheets for sheets in (*self._css_lists, *other._css_lists) if sheets]
        both._js_lists = [scripts for scripts in (*self._js_lists, *other._js_lists) if scripts]
        return both

    def __getitem__(self, name: str) -> Media:
        """Only the style sheets (`"css"`) or only the scripts (`"js"`)."""
        part = Media()
        if name == "css":
            part._css_lists = self._css_lists
        elif name == "js":
            part._js_lists = self._js_lists
        else:
            raise KeyError(f"Media has no part {name!r}. There are 'css' and 'js'.")
        return part

    def render(self) -> SafeString:
        """The elements, one a line."""
        return SafeString("\n").join([*self.render_css(), *self.render_js()])

    def render_css(self) -> Iterator[SafeString]:
        """The `<link>` elements, by medium."""
        for medium, paths in sorted(self._css.items()):
            for path in paths:
                yield element(path, '<link href="{}" media="{}" rel="stylesheet">', medium)

    def render_js(self) -> Iterator[SafeString]:
        """The `<script>` elements."""
        for path in self._js:
            yield element(path, '<script src="{}"></script>')

    def absolute_path(self, path: str) -> str:
        """The URL of a path."""
        return absolute_path(path)

    def __html__(self) -> SafeString:
        return self.render()

    def __str__(self) -> str:
        return str(self.render())

    def __repr__(self) -> str:
        return f"Media(css={self._css!r}, js={self._js!r})"

    def __bool__(self) -> bool:
        return bool(self._css or self._js)


def element(path: Any, form: str, *parts: Any) -> SafeString:
    """One element; a path that is an object with `__html__` writes itself."""
    return SafeString(path.__html__()) if hasattr(path, "__html__") else format_html(form, absolute_path(path), *parts)


def absolute_path(path: str) -> str:
    """The URL of a script or style sheet."""
    if path.startswith(("http://", "https://", "/")):
        return path
    return f"{settings.STATIC_URL or ''}{path}"


def merged(lists: Iterable[Sequence[Any]]) -> list[Any]:
    """One list of all entries, each once, that keeps the order of each list where they do not contradict."""
    sorter: TopologicalSorter[Any] = TopologicalSorter()
    flat: dict[Any, None] = {}
    for entries in lists:
        flat.update(dict.fromkeys(entries))
        for before, after in zip([None, *entries], entries, strict=False):
            sorter.add(after, *([] if before is None or before == after else [before]))
    try:
        found = list(sorter.static_order())
    except CycleError:
        warn(f"These files are wanted in opposite orders: {list(flat)}", MediaOrderConflictWarning, stacklevel=3)
        return list(flat)
    return found


def media_of(cls: type[Any], inherited: Any) -> Media:
    """The media of a class: its own `Media` after those of its bases, as `Media.extend` says."""
    definition = vars(cls).get("Media")
    if definition is None:
        return inherited
    extend = getattr(definition, "extend", True)
    if extend is True:
        return inherited + Media(definition)
    own = Media(definition)
    for part in extend or ():
        own = inherited[part] + own
    return own


class DefinesMedia:
    """Base of classes whose inner class `Media` names files; `media` is those of the class and its bases."""

    @property
    def media(self) -> Media:
        """The files that this object needs."""
        return class_media(type(self))


def class_media(cls: type[Any]) -> Media:
    """The media that a class and its bases define."""
    found = Media()
    for base in reversed(cls.__mro__):
        found = media_of(base, found)
    return found
