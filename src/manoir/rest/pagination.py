"""Pagination: lists cut into pages, by number, by offset, or by a position in their order."""

from __future__ import annotations

from typing import Any

from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import EmptyPage, InvalidPage, NotFound, ParseError
from manoir.http import QueryDict
from manoir.models import QuerySet
from manoir.paginator import Paginator
from manoir.rest._cursor import Cursor, Position, position_of
from manoir.rest._keyset import Keyset
from manoir.rest.response import Response
from manoir.rest.settings import FromSettings

__all__ = [
    "BasePagination",
    "CursorPagination",
    "LimitOffsetPagination",
    "PageNumberPagination",
    "remove_query_param",
    "replace_query_param",
]

MAX_OFFSET = 10_000_000
MAX_DIGITS = 10


def replace_query_param(url: str, key: str, value: Any) -> str:
    """Return an address with one parameter of its query set.

    Example:
        >>> replace_query_param("http://a.example/books/?page=1&q=x", "page", 2)
        'http://a.example/books/?page=2&q=x'
    """
    base, _, query = url.partition("?")
    fields = QueryDict(query, mutable=True)
    fields[key] = str(value)
    return f"{base}?{fields.urlencode()}"


def remove_query_param(url: str, key: str) -> str:
    """Return an address without one parameter of its query."""
    base, _, query = url.partition("?")
    fields = QueryDict(query, mutable=True)
    fields.pop(key, None)
    return f"{base}?{fields.urlencode()}" if fields else base


def single(request: Any, name: str) -> str | None:
    """Return a parameter of the query; None without it.

    Raises:
        ParseError: it is there twice (H48).
    """
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise ParseError(f"The parameter {name!r} is given {len(values)} times; give it once.")
    return values[0] if values else None


def whole_number(text: str | None) -> int | None:
    """Return a whole number that is not negative; None for anything else."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > MAX_DIGITS:
        return None
    return int(text)


def schema_of_page(schema: dict[str, Any], *, count: bool) -> dict[str, Any]:
    """Return the JSON schema of a page around that of its list."""
    link = {"type": ["string", "null"], "format": "uri"}
    numbers: dict[str, Any] = {"count": {"type": "integer"}} if count else {}
    properties = {**numbers, "next": link, "previous": link, "results": schema}
    return {"type": "object", "required": list(properties), "properties": properties}


class BasePagination(TwoColours):
    """Cuts a list into pages; override `paginate_queryset` in the colour that suits you.

    Attributes:
        display_page_controls: whether the pages for people show where to go on.
    """

    display_page_controls = False

    def cut(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the page that is asked for without loading its rows, where that is possible: a sliced queryset.

        A serializer that needs no objects reads just the columns that it shows.
        """
        return self.paginate_queryset(queryset, request, view)

    @hook
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the objects of the page that is asked for; None sends the list whole."""
        raise NotImplementedError(f"{type(self).__name__} needs paginate_queryset(queryset, request, view).")

    apaginate_queryset = atwin(paginate_queryset, waits=True)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the answer around the data of a page."""
        raise NotImplementedError(f"{type(self).__name__} needs get_paginated_response(data).")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of the answer around that of its list."""
        return schema

    def get_results(self, data: Any) -> Any:
        """Return the list inside an answer."""
        return data["results"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        return []

    def get_links(self) -> dict[str, str | None]:
        """Return the addresses of the pages before and after, for the pages for people."""
        return {}


class PageNumberPagination(BasePagination):
    """`?page=4`, and `?page_size=100` where the view allows it.

    Attributes:
        page_size: objects per page; None sends lists whole.
        page_query_param, page_size_query_param: names of the parameters; the latter None: clients have no say.
        max_page_size: most objects that a client may ask for.
        last_page_strings: words for the last page.
        invalid_page_message: words for a page that is not there.
        django_paginator_class: what counts and cuts.
        page: the page, once the list was cut.
    """

    page_size: Any = FromSettings("PAGE_SIZE")
    page_query_param = "page"
    page_size_query_param: str | None = None
    max_page_size: Any = FromSettings("MAX_PAGE_SIZE")
    last_page_strings: tuple[str, ...] = ("last",)
    invalid_page_message = "This page is not there: {message}"
    display_page_controls = True
    django_paginator_class: Any = Paginator
    page: Any = None
    request: Any = None

    @hook
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the objects of the page that is asked for.

        Raises:
            NotFound: the page is not there.
        """
        return loaded(self.cut(queryset, request, view))

    def cut(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the page without loading its rows."""
        self.request = request
        size = self.get_page_size(request)
        if not size:
            return None
        paginator = self.django_paginator_class(ordered(queryset), size)
        number = self.get_page_number(request, paginator)
        try:
            self.page = paginator.page(number)
        except (InvalidPage, EmptyPage) as error:
            raise NotFound(
                self.invalid_page_message.format(page_number=str(number)[:20], message=str(error))
            ) from error
        return self.page.object_list

    def get_page_number(self, request: Any, paginator: Any) -> Any:
        """Return the number that is asked for."""
        number = single(request, self.page_query_param) or 1
        return paginator.num_pages if number in self.last_page_strings else number

    def get_page_size(self, request: Any) -> int | None:
        """Return the objects per page: what the client asks for, within `max_page_size`, else `page_size`."""
        if self.page_size_query_param:
            asked = whole_number(single(request, self.page_size_query_param))
            if asked:
                return min(asked, self.max_page_size) if self.max_page_size else asked
        return self.page_size

    def get_paginated_response(self, data: Any) -> Response:
        """Return count, addresses of the pages beside, and the list."""
        return Response(
            {
                "count": self.page.paginator.count,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of that answer."""
        return schema_of_page(schema, count=True)

    def get_next_link(self) -> str | None:
        """Return the address of the next page; None on the last."""
        if not self.page.has_next():
            return None
        return replace_query_param(address_of(self.request), self.page_query_param, self.page.next_page_number())

    def get_previous_link(self) -> str | None:
        """Return the address of the page before; None on the first."""
        if not self.page.has_previous():
            return None
        number = self.page.previous_page_number()
        url = address_of(self.request)
        if number == 1:
            return remove_query_param(url, self.page_query_param)
        return replace_query_param(url, self.page_query_param, number)

    def get_links(self) -> dict[str, str | None]:
        """Return the addresses beside."""
        return {"previous": self.get_previous_link(), "next": self.get_next_link()} if self.page is not None else {}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        if not self.page_size:
            return []
        found = [query_parameter(self.page_query_param, "The number of the page.", minimum=1)]
        if self.page_size_query_param:
            most = {"maximum": self.max_page_size} if self.max_page_size else {}
            found.append(query_parameter(self.page_size_query_param, "Objects per page.", minimum=1, **most))
        return found


class LimitOffsetPagination(BasePagination):
    """`?limit=100&offset=400`.

    Attributes:
        default_limit: objects per page where the client says nothing; None sends lists whole.
        limit_query_param, offset_query_param: names of the parameters.
        max_limit: most objects that a client may ask for.
        count, limit, offset: what was asked for, once the list was cut.
    """

    default_limit: Any = FromSettings("PAGE_SIZE")
    limit_query_param = "limit"
    offset_query_param = "offset"
    max_limit: Any = FromSettings("MAX_PAGE_SIZE")
    display_page_controls = True
    count = 0
    limit: int | None = None
    offset = 0
    request: Any = None

    @hook
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the objects from `offset`, at most `limit` of them."""
        return loaded(self.cut(queryset, request, view))

    def cut(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the same without loading its rows."""
        self.request = request
        self.limit = self.get_limit(request)
        if not self.limit:
            return None
        self.count = self.get_count(queryset)
        self.offset = self.get_offset(request)
        if not self.count or self.offset >= self.count:
            return []
        return ordered(queryset)[self.offset : self.offset + self.limit]

    def get_limit(self, request: Any) -> int | None:
        """Return the objects per page: what the client asks for, within `max_limit`, else `default_limit`."""
        asked = whole_number(single(request, self.limit_query_param)) if self.limit_query_param else None
        if asked:
            return min(asked, self.max_limit) if self.max_limit else asked
        return self.default_limit

    def get_offset(self, request: Any) -> int:
        """Return where the page begins."""
        return min(whole_number(single(request, self.offset_query_param)) or 0, MAX_OFFSET)

    def get_count(self, queryset: Any) -> int:
        """Return how many objects there are."""
        return queryset.count() if isinstance(queryset, QuerySet) else len(queryset)

    def get_paginated_response(self, data: Any) -> Response:
        """Return count, addresses of the pages beside, and the list."""
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"count": self.count, **links, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of that answer."""
        return schema_of_page(schema, count=True)

    def get_next_link(self) -> str | None:
        """Return the address of the next page; None on the last."""
        assert self.limit is not None
        if self.offset + self.limit >= self.count:
            return None
        url = replace_query_param(address_of(self.request), self.limit_query_param, self.limit)
        return replace_query_param(url, self.offset_query_param, self.offset + self.limit)

    def get_previous_link(self) -> str | None:
        """Return the address of the page before; None on the first."""
        assert self.limit is not None
        if self.offset <= 0:
            return None
        url = replace_query_param(address_of(self.request), self.limit_query_param, self.limit)
        if self.offset - self.limit <= 0:
            return remove_query_param(url, self.offset_query_param)
        return replace_query_param(url, self.offset_query_param, self.offset - self.limit)

    def get_links(self) -> dict[str, str | None]:
        """Return the addresses beside."""
        return {"previous": self.get_previous_link(), "next": self.get_next_link()} if self.limit else {}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        if not self.default_limit and not self.limit_query_param:
            return []
        most = {"maximum": self.max_limit} if self.max_limit else {}
        return [
            query_parameter(self.limit_query_param, "Objects per page.", minimum=1, **most),
            query_parameter(self.offset_query_param, "Where the page begins.", minimum=0),
        ]


class CursorPagination(BasePagination):
    """`?cursor=…`: pages from a position in the order, which stay right while rows come and go, at any depth.

    The position is that of a row, in all columns of the order; the primary key is added, so that rows of equal values
    keep their places. It is signed, not secret: a client can pass it on and read it, but neither forge one nor read out of
    a forged one what it may not see. So order by columns that the list may show.

    Attributes:
        ordering: names of fields, `-` in front for descending.
        page_size: objects per page; None sends lists whole.
        cursor_query_param, page_size_query_param: names of the parameters; the latter None: clients have no say.
        max_page_size: most objects that a client may ask for.
        invalid_cursor_message: words for a cursor that is none.
    """

    cursor_query_param = "cursor"
    page_size: Any = FromSettings("PAGE_SIZE")
    page_size_query_param: str | None = None
    max_page_size: Any = FromSettings("MAX_PAGE_SIZE")
    ordering: Any = "-created"
    invalid_cursor_message = "This cursor is not valid here."
    display_page_controls = True
    request: Any = None
    page: list[Any] | None = None

    @hook
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the objects after, or before, the position of the cursor.

        Raises:
            NotFound: the cursor is not valid for this order.
        """
        self.request = request
        size = self.get_page_size(request)
        if not size:
            return None
        self.keyset = Keyset(queryset.model, self.get_ordering(request, queryset, view))
        self.cursor = self.decode_cursor(request)
        backwards = self.cursor is not None and self.cursor.reverse
        rows = self.keyset.after(queryset, self.cursor.position if self.cursor else None, reverse=backwards)
        found: list[Any] = list(rows[: size + 1])
        more, found = len(found) > size, found[:size]
        self.page = found[::-1] if backwards else found
        self.has_next = True if backwards else more
        self.has_previous = more if backwards else self.cursor is not None
        return self.page

    def get_page_size(self, request: Any) -> int | None:
        """Return the objects per page: what the client asks for, within `max_page_size`, else `page_size`."""
        if self.page_size_query_param:
            asked = whole_number(single(request, self.page_size_query_param))
            if asked:
                return min(asked, self.max_page_size) if self.max_page_size else asked
        return self.page_size

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the order: that of the view's OrderingFilter where the client asked for one, else `ordering`."""
        for backend in getattr(view, "filter_backends", ()):
            if hasattr(backend, "get_ordering"):
                chosen = backend().get_ordering(request, queryset, view)
                if chosen:
                    return tuple(chosen)
        names = self.ordering
        return (names,) if isinstance(names, str) else tuple(names)

    def decode_cursor(self, request: Any) -> Cursor | None:
        """Return the cursor of the request; None on the first page.

        Raises:
            NotFound: it was made for another order, or by somebody else.
        """
        text = single(request, self.cursor_query_param)
        if not text:
            return None
        cursor = Cursor.decode(text, self.keyset)
        if cursor is None:
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the address of the page of a cursor."""
        return replace_query_param(address_of(self.request), self.cursor_query_param, cursor.encode(self.keyset))

    def get_next_link(self) -> str | None:
        """Return the address of the next page; None on the last."""
        if not self.has_next:
            return None
        return self._link(self.page[-1] if self.page else None, reverse=False)

    def get_previous_link(self) -> str | None:
        """Return the address of the page before; None on the first."""
        if not self.has_previous:
            return None
        return self._link(self.page[0] if self.page else None, reverse=True)

    def _link(self, row: Any, *, reverse: bool) -> str | None:
        # A page that is empty now has no row: the position it was asked with still stands.
        position: Position | None = position_of(row, self.keyset) if row is not None else None
        if position is None:
            if self.cursor is None:
                return None
            position = self.cursor.position
        return self.encode_cursor(Cursor(position, reverse))

    def get_paginated_response(self, data: Any) -> Response:
        """Return the addresses of the pages beside, and the list; nothing is counted."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of that answer."""
        return schema_of_page(schema, count=False)

    def get_links(self) -> dict[str, str | None]:
        """Return the addresses beside."""
        return {"previous": self.get_previous_link(), "next": self.get_next_link()} if self.page is not None else {}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of the query, for OpenAPI."""
        return [
            {
                "name": self.cursor_query_param,
                "in": "query",
                "required": False,
                "description": "The position of the page, out of the answer before.",
                "schema": {"type": "string"},
            }
        ]


def loaded(page: Any) -> list[Any] | None:
    """Return the objects of a page; None stays None."""
    return None if page is None else list(page)


def address_of(request: Any) -> str:
    """Return the full address of a request."""
    return request.build_absolute_uri()


def ordered(queryset: Any) -> Any:
    """Return a queryset that has an order: pages of one without could overlap, so the primary key is taken."""
    if isinstance(queryset, QuerySet) and not queryset.ordered:
        return queryset.order_by("pk")
    return queryset


def query_parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """Return a parameter of the query that is a whole number, for OpenAPI."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "integer", **schema},
    }
