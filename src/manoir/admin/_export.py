"""CSV: the columns of a list for any number of rows, streamed in constant memory.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula (M10). Such text gets an apostrophe in
front, which spreadsheets do not show; numbers stay numbers.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from manoir.admin._colour import view_mode
from manoir.admin._columns import Column, column_of
from manoir.admin._display import names
from manoir.bridge import run_sync, spawn
from manoir.exceptions import IncorrectLookupParameters, PermissionDenied
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from manoir.i18n import gettext as _
from manoir.models import QuerySet
from manoir.templates import strip_tags

if TYPE_CHECKING:
    from manoir.models import Options

CHUNK_ROWS = 500
FORMULA = re.compile(r"^[\s\u200b\ufeff'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n|]")
"""What may begin a formula: also after blanks and quotes, and in full width."""

LONGEST_CELL = 32_767
"""Characters that spreadsheets take in a cell."""


def allowed(model_admin: Any, request: HttpRequest) -> bool:
    """Tell whether a list can be exported, and by this user."""
    wanted = model_admin.export_fields
    return (wanted is None or bool(wanted)) and bool(model_admin.has_view_or_change_permission(request))


def export_view(model_admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Answer with the whole list, as the address filters and sorts it.

    Raises:
        PermissionDenied: the user may not see these rows, or the list has no export.
    """
    if not allowed(model_admin, request):
        raise PermissionDenied(_("This account may not export %s.") % model_admin.opts.verbose_name_plural)
    try:
        changelist = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(f"{request.path}?")
    return response(model_admin, request, changelist.queryset)


def response(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase:
    """Stream rows as CSV.

    Raises:
        PermissionDenied: the list has no export.
    """
    if not allowed(model_admin, request):
        raise PermissionDenied(_("This account may not export %s.") % model_admin.opts.verbose_name_plural)
    columns = columns_of(model_admin, request)
    return StreamingHttpResponse(
        lines(model_admin, columns, queryset),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(model_admin.opts)}"'},
    )


def file_name(options: Options) -> str:
    return f"{options.app_label}-{options.model_name}.csv"


def columns_of(model_admin: Any, request: HttpRequest) -> list[Column]:
    """The columns of an export; secrets are never among them (H38)."""
    wanted = model_admin.export_fields
    names_of = model_admin.get_list_display(request) if wanted is None else wanted
    columns = [column_of(name, model_admin, ()) for name in names_of]
    return [column for column in columns if not getattr(column.field, "secret", False)]


async def lines(model_admin: Any, columns: list[Column], queryset: QuerySet[Any, Any]) -> AsyncIterator[bytes]:
    """Yield the file, some hundred rows at a time: that many are in memory, whatever the table has."""
    run = spawn if view_mode(model_admin) else run_sync
    yield written([[column.label for column in columns]])
    chunk: list[Any] = []
    async for row in queryset.aiterator(chunk_size=CHUNK_ROWS):
        chunk.append(row)
        if len(chunk) >= CHUNK_ROWS:
            yield written(await run(table, columns, chunk))
            chunk = []
    if chunk:
        yield written(await run(table, columns, chunk))


def table(columns: list[Column], rows: list[Any]) -> list[list[Any]]:
    """The cells of some rows; relations load for all of them at once."""
    return [[cell(column, row) for column in columns] for row in rows]


def cell(column: Column, row: Any) -> Any:
    """The value of a cell: numbers as numbers, times in ISO form, choices by their text."""
    value = column.read(row)
    return plain(column.choices.get(value, value) if column.choices else value)


def plain(value: Any) -> Any:
    """A value as CSV has it.

    Example:
        >>> plain("=1+1"), plain(-1), plain(None)
        ("'=1+1", -1, '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        value = names(value)
    text = strip_tags(str(value)) if hasattr(value, "__html__") else str(value)
    text = text.replace("\x00", "")[:LONGEST_CELL]
    return f"'{text}" if FORMULA.match(text) else text


def written(rows: Iterable[list[Any]]) -> bytes:
    """Rows as bytes; every text is quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")
