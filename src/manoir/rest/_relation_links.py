"""Relations written as URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from manoir.bridge import hook
from manoir.exceptions import ImproperlyConfigured
from manoir.i18n import gettext_lazy as _
from manoir.rest._relation import LOOKUP_ERRORS, RelatedField
from manoir.rest._scoped_paths import named
from manoir.rest.reverse import reverse
from manoir.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve

MAX_URL = 2_000


class Hyperlink(str):
    """A URL that knows the row it leads to.

    Attributes:
        obj: the row.
    """

    obj: Any

    def __new__(cls, url: str, obj: Any) -> Hyperlink:
        """Make one of a URL and its row."""
        self = super().__new__(cls, url)
        self.obj = obj
        return self

    @property
    def name(self) -> str:
        """The row as text."""
        return str(self.obj)

    is_hyperlink = True


class HyperlinkedRelatedField(RelatedField):
    """A row as the URL of its page in the API.

    Args:
        view_name: name of the URL pattern, such as `"book-detail"`.
        lookup_field: the row's field that stands in the URL.
        lookup_url_kwarg: its name in the pattern; None is `lookup_field`.
        format: suffix of the format in the URL; None takes that of the request.
        **options: those of RelatedField.
    """

    lookup_field = "pk"
    view_name: str | None = None
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "no_match": _("This URL leads nowhere here."),
        "incorrect_match": _("This URL leads to something of another kind."),
        "does_not_exist": _("There is nothing at this URL."),
        "incorrect_type": _("A URL is needed, not {data_type}."),
    }

    def __init__(
        self,
        view_name: str | None = None,
        *,
        lookup_field: str | None = None,
        lookup_url_kwarg: str | None = None,
        format: str | None = None,
        **options: Any,
    ) -> None:
        if view_name is not None:
            self.view_name = view_name
        if self.view_name is None:
            raise TypeError(f"{type(self).__name__} needs view_name=…, the name of a URL pattern.")
        self.lookup_field = lookup_field or self.lookup_field
        self.lookup_url_kwarg = lookup_url_kwarg or self.lookup_field
        self.format = format
        super().__init__(**options)

    def use_pk_only_optimization(self) -> bool:
        """Tell whether the key is all that the URL needs; a `get_url()` of yours may want more."""
        return self.lookup_field == "pk" and type(self).get_url is HyperlinkedRelatedField.get_url

    # -- in -----------------------------------------------------------------------------------------------------------

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the row that a URL of this site leads to."""
        if not isinstance(data, str) or len(data) > MAX_URL:
            self.fail("incorrect_type", data_type=type(data).__name__)
        try:
            match = resolve(self._path(data))
        except (Resolver404, ValueError):
            return self.fail("no_match")
        if match.view_name not in self._expected_views():
            self.fail("incorrect_match")
        try:
            return self.get_object(match.view_name, match.args, match.kwargs)
        except (*LOOKUP_ERRORS, self._visible_rows().model.DoesNotExist):
            return self.fail("does_not_exist")

    def _path(self, url: str) -> str:
        """The path below the site's prefix; scheme and host say nothing."""
        path = unquote(urlsplit(url).path)
        prefix = get_script_prefix()
        return f"/{path.removeprefix(prefix)}" if path.startswith(prefix) else path

    def _expected_views(self) -> list[Any]:
        """The name of the rows' page, and its name in the request's version."""
        request = self.context.get("request")
        scheme: Any = getattr(request, "versioning_scheme", None)
        if not hasattr(scheme, "get_versioned_viewname"):
            return [self.view_name]
        return [self.view_name, scheme.get_versioned_viewname(self.view_name, request)]

    def get_object(self, view_name: str, view_args: Any, view_kwargs: Any) -> Any:
        """Return the row of a matched URL; override it for URLs of your own form."""
        rows = self._visible_rows()
        return rows.get(named(self.lookup_field, view_kwargs[self.lookup_url_kwarg], rows, self.context.get("request")))

    # -- out ----------------------------------------------------------------------------------------------------------

    def get_url(self, obj: Any, view_name: str, request: Any, format: str | None) -> str | None:
        """Return the URL of a row; None for one that is not saved. Override it for URLs of your own form."""
        if hasattr(obj, "pk") and obj.pk in (None, ""):
            return None
        kwargs = {self.lookup_url_kwarg: getattr(obj, self.lookup_field)}
        return reverse(view_name, kwargs=kwargs, request=request, format=format)

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the URL.

        Raises:
            ImproperlyConfigured: the context has no request, or no pattern has the name.
        """
        request = self.context.get("request")
        if request is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} {self.field_name!r} writes URLs, for which it needs the request: "
                f'make the serializer with context={{"request": request}}.'
            )
        form = self.format or self.context.get("format")
        try:
            url = self.get_url(value, str(self.view_name), request, form)
        except NoReverseMatch as error:
            raise ImproperlyConfigured(
                f"{type(self).__name__} {self.field_name!r} found no URL named {self.view_name!r} for "
                f"{self.lookup_url_kwarg!r}. Register the view, or set view_name and lookup_field. ({error})"
            ) from error
        return None if url is None else Hyperlink(url, value)


class HyperlinkedIdentityField(HyperlinkedRelatedField):
    """The URL of the row itself; read-only.

    Args:
        view_name: name of the URL pattern.
        **options: those of HyperlinkedRelatedField.
    """

    def __init__(self, view_name: str | None = None, **options: Any) -> None:
        options.update(read_only=True, source="*")
        super().__init__(view_name, **options)

    def use_pk_only_optimization(self) -> bool:
        """Tell that the row is there already."""
        return False
