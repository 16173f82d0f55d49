"""JSON answers: msgspec writes them; the documented `encoder` and `json_dumps_params` still work."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from manoir.http._headers import ResponseHeaders
from manoir.http._response import HttpResponse
from manoir.i18n import LazyString


def _other_type(value: object) -> Any:
    if isinstance(value, (LazyString, str)):  # msgspec knows `str` itself, not what derives from it
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)  # type: ignore[arg-type]
    if hasattr(value, "encoded"):  # it is JSON already, as pages of serialized rows are
        return msgspec.Raw(value.encoded())  # type: ignore[attr-defined]
    if inspect.isawaitable(value):
        raise TypeError(f"{type(value).__name__} cannot be written as JSON: is an `await` missing?")
    raise TypeError(
        f"{type(value).__name__} cannot be written as JSON. Give plain data: for a queryset list(books.values()), "
        "for an instance a dict of its fields."
    )


_encode = msgspec.json.Encoder(enc_hook=_other_type).encode


class JSONEncoder(json.JSONEncoder):
    """The encoder of `json.dumps(cls=JSONEncoder)`: dates and times in ISO 8601, Decimal and UUID as text.

    Datetimes have milliseconds, as ECMA-262 wants them, and `Z` for UTC.

    Example:
        >>> json.dumps({"day": date(2026, 1, 31)}, cls=JSONEncoder)
        '{"day": "2026-01-31"}'
    """

    def default(self, o: Any) -> Any:
        """Return plain data for a value that `json` does not know."""
        if isinstance(o, datetime):
            text = o.isoformat(timespec="milliseconds") if o.microsecond else o.isoformat()
            return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
        if isinstance(o, time):
            if o.tzinfo is not None:
                raise ValueError("JSON cannot hold a time with a time zone.")
            return o.isoformat(timespec="milliseconds") if o.microsecond else o.isoformat()
        if isinstance(o, date):
            return o.isoformat()
        if isinstance(o, timedelta):
            return duration_iso_string(o)
        if isinstance(o, (Decimal, UUID)):
            return str(o)
        found = _other_type(o)
        return msgspec.json.decode(found) if isinstance(found, msgspec.Raw) else found


def duration_iso_string(duration: timedelta) -> str:
    """Return a duration in ISO 8601.

    Example:
        >>> duration_iso_string(timedelta(days=1, hours=2, seconds=3.4))
        'P1DT02H00M03.400000S'
    """
    sign, duration = ("-", -duration) if duration < timedelta(0) else ("", duration)
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{sign}P{duration.days}DT{hours:02d}H{minutes:02d}M{seconds:02d}{fraction}S"


def encode_json(data: Any) -> bytes:
    """Return `data` as JSON in UTF-8.

    Raises:
        TypeError: a value has no form in JSON.
        ValueError: the data contains itself, or is nested too deeply.
    """
    # hot path: benchmarks/http_objects.py
    try:
        return _encode(data)
    except RecursionError:
        raise ValueError("The data contains itself, or is nested too deeply for JSON.") from None


class JsonResponse(HttpResponse):
    """An answer in JSON.

    Args:
        data: a dict; anything else only with `safe=False`.
        encoder: class for `json.dumps`; by default msgspec writes the same types, only faster.
        safe: refuse anything but a dict.
        json_dumps_params: keyword arguments for `json.dumps`, such as `{"indent": 2}`.
        **kwargs: as for HttpResponse.

    Raises:
        TypeError: `data` is no dict, or holds what JSON cannot.

    Example:
        >>> JsonResponse({"price": Decimal("3.50")}).content
        b'{"price":"3.50"}'
    """

    def __init__(
        self,
        data: Any,
        encoder: type[json.JSONEncoder] = JSONEncoder,
        safe: bool = True,
        json_dumps_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if safe and not isinstance(data, dict):
            raise TypeError(
                f"JsonResponse wants a dict, not {type(data).__name__}; pass safe=False to send any other JSON value."
            )
        if encoder is JSONEncoder and not json_dumps_params:
            content = encode_json(data)
        else:
            content = json.dumps(data, cls=encoder, **(json_dumps_params or {})).encode()
        if type(self) is JsonResponse and not kwargs:
            # The usual answer, without the constructors' questions.
            self.headers = headers = ResponseHeaders()
            headers.raw["content-type"] = "application/json"
            self._content = content
        else:
            kwargs.setdefault("content_type", "application/json")
            super().__init__(content, **kwargs)
