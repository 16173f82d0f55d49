"""Scripts and style sheets as objects, with attributes of their own: `Script("shop/map.js", type="module")`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from manoir.apps import apps
from manoir.conf import settings
from manoir.forms._attributes import flatatt
from manoir.storage import STATICFILES_STORAGE_ALIAS, storages
from manoir.templates import SafeString, format_html


class MediaAsset:
    """One file of a `Media`, as the element that loads it. Subclasses give `element_template`.

    Two assets are the same when they load the same path; so is the bare path, and a page loads it once.

    Args:
        path: URL, or path below STATIC_URL.
        **attributes: HTML attributes; True writes the bare name, None and False nothing.

    Attributes:
        element_template: the element, with `{path}` and `{attributes}`.

    Example:
        >>> Script("/a.js") == "/a.js"
        True
    """

    element_template: ClassVar[str] = "{path}"

    def __init__(self, path: str, **attributes: Any) -> None:
        self._path = path
        self.attributes: dict[str, Any] = attributes

    @property
    def path(self) -> str:
        """The URL."""
        return absolute_path(self._path)

    def render(self, attrs: Mapping[str, Any] | None = None) -> SafeString:
        """Return the element.

        Args:
            attrs: further attributes, for example `nonce`; the asset's own win.
        """
        return format_html(
            self.element_template, path=self.path, attributes=flatatt({**(attrs or {}), **self.attributes})
        )

    def __html__(self) -> SafeString:
        return self.render()

    def __str__(self) -> str:
        return str(self.render())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._path!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self._path == other
        return isinstance(other, MediaAsset) and (type(self), self._path) == (type(other), other._path)

    def __hash__(self) -> int:
        return hash(self._path)


class Script(MediaAsset):
    """A script.

    Args:
        src: URL, or path below STATIC_URL.
        **attributes: HTML attributes, for example `type="module"` or `integrity="sha384-…"`.

    Example:
        >>> print(Script("/map.js", type="module", defer=True))
        <script src="/map.js" type="module" defer></script>
    """

    element_template = '<script src="{path}"{attributes}></script>'

    def __init__(self, src: str, **attributes: Any) -> None:
        super().__init__(src, **attributes)


class Stylesheet(MediaAsset):
    """A style sheet.

    Args:
        href: URL, or path below STATIC_URL.
        **attributes: HTML attributes, for example `media="print"`.

    Example:
        >>> print(Stylesheet("/print.css", media="print"))
        <link href="/print.css" rel="stylesheet" media="print">
    """

    element_template = '<link href="{path}" rel="stylesheet"{attributes}>'

    def __init__(self, href: str, **attributes: Any) -> None:
        super().__init__(href, **attributes)


def absolute_path(path: str) -> str:
    """Return the URL of a script or style sheet, as the storage of static files has it."""
    if path.startswith(("http://", "https://", "/")):
        return path
    if apps.is_installed("manoir.staticfiles") and STATICFILES_STORAGE_ALIAS in storages:
        return storages[STATICFILES_STORAGE_ALIAS].url(path)
    prefix = settings.STATIC_URL or ""
    if prefix and not prefix.startswith(("http://", "https://", "/")):
        prefix = f"{(settings.FORCE_SCRIPT_NAME or '').rstrip('/')}/{prefix}"
    return prefix + quote(path, safe="/~:@!$&'()*+,;=")
