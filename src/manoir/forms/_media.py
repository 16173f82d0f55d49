"""`Media`: the style sheets and scripts that widgets and forms need, each once, in the order they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import Any, cast
from warnings import warn

from manoir.forms._assets import MediaAsset, absolute_path
from manoir.forms._attributes import flatatt
from manoir.templates import SafeString, format_html

Attrs = Mapping[str, Any] | None
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

    def render(self, attrs: Attrs = None) -> SafeString:
        """Return the elements, one a line.

        Args:
            attrs: further HTML attributes of each, for example `{"nonce": …}`; in templates
                `{% csp_nonce_attr form.media %}` does that.
        """
        return SafeString("\n").join([*self.render_css(attrs), *self.render_js(attrs)])

    def render_css(self, attrs: Attrs = None) -> Iterator[SafeString]:
        """Yield the `<link>` elements, by medium."""
        for medium, paths in sorted(self._css.items()):
            for path in paths:
                yield element(path, '<link href="{}" media="{}" rel="stylesheet"{}>', (medium,), attrs)

    def render_js(self, attrs: Attrs = None) -> Iterator[SafeString]:
        """Yield the `<script>` elements."""
        for path in self._js:
            yield element(path, '<script src="{}"{}></script>', (), attrs)

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


def element(path: Any, form: str, parts: tuple[Any, ...], attrs: Attrs) -> SafeString:
    """One element; a path that is an object writes itself, as MediaAsset does or by `__html__`."""
    if isinstance(path, MediaAsset):
        return path.render(attrs)
    if hasattr(path, "__html__"):
        return SafeString(path.__html__())
    return format_html(form, absolute_path(path), *parts, flatatt(attrs or {}))


def merged(lists: Iterable[Sequence[Any]]) -> list[Any]:
    """One list of all entries, each once, that keeps the order of each list where they do not contradict."""
    sorter: TopologicalSorter[Any] = TopologicalSorter()
    places: dict[Any, int] = {}
    for entries in lists:
        for before, after in zip([None, *entries], entries, strict=False):
            places.setdefault(after, len(places))
            sorter.add(after, *([] if before is None or before == after else [before]))
    entries_in_order = list(places)
    try:
        sorter.prepare()
    except CycleError:
        warn(f"These files are wanted in opposite orders: {entries_in_order}", MediaOrderConflictWarning, stacklevel=3)
        return entries_in_order
    found: list[Any] = []
    ready: list[int] = []
    while sorter.is_active():
        for entry in sorter.get_ready():
            heappush(ready, places[entry])
        # Of those that may come next, the one that was named first: the order stays as written where it can.
        found.append(entries_in_order[heappop(ready)])
        sorter.done(found[-1])
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
