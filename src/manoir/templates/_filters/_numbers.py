"""Filters of numbers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from manoir.i18n import gettext, ngettext, number_format
from manoir.templates._library import Library
from manoir.templates._safe import SafeString

register = Library()
MAX_DIGITS = 200
"""Numbers with more digits, or places, than this are printed as they are: writing them out would be an attack."""
UNITS = ((2**50, "%s PB"), (2**40, "%s TB"), (2**30, "%s GB"), (2**20, "%s MB"), (2**10, "%s KB"))


@register.filter
def add(value: Any, arg: Any) -> Any:
    try:
        return int(value) + int(arg)
    except (ValueError, TypeError, OverflowError):
        pass
    if isinstance(value, str) and isinstance(arg, str):
        joined = str(value) + str(arg)
        return SafeString(joined) if isinstance(value, SafeString) and isinstance(arg, SafeString) else joined
    try:
        return value + arg
    except Exception:
        return ""


@register.filter
def divisibleby(value: Any, arg: Any) -> bool:
    return int(value) % int(arg) == 0


@register.filter
def get_digit(value: Any, arg: Any) -> Any:
    try:
        number, place = int(value), int(arg)
    except (TypeError, ValueError, OverflowError):
        return value
    if place < 1:
        return value
    digits = str(number)
    return int(digits[-place]) if place <= len(digits) and digits[-place].isdecimal() else 0


def decimal_of(value: Any) -> Decimal | None:
    """Return a value as an exact number, None when it is no finite number or has too many digits."""
    try:
        number = (
            value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else str(value))
        )
    except (InvalidOperation, ValueError):
        try:
            number = Decimal(str(float(value)))
        except (TypeError, ValueError, InvalidOperation, OverflowError):
            return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > MAX_DIGITS or number.adjusted() > MAX_DIGITS:
        return None
    return number


def places_of(arg: Any) -> tuple[int | None, bool, bool | None]:
    """Read the argument of `floatformat`: decimal places, whether digits are grouped, False for no localising."""
    text = str(arg)
    grouped = use_l10n = None
    while text[-1:] in ("g", "u") and text:
        grouped = grouped or text[-1] == "g"
        use_l10n = False if text[-1] == "u" else use_l10n
        text = text[:-1]
    try:
        places = int(text) if text else -1
    except ValueError:
        return None, bool(grouped), use_l10n
    return (places if abs(places) <= MAX_DIGITS else None), bool(grouped), use_l10n


@register.filter(is_safe=True)
def floatformat(text: Any, arg: Any = -1) -> str:
    number = decimal_of(text)
    if number is None:
        return "" if text is None or text == "" else str(text) if is_number_like(text) else ""
    places, grouped, use_l10n = places_of(arg)
    if places is None:
        return str(text)
    if places < 0 and number == number.to_integral_value():
        whole = number.quantize(Decimal(1), context=precise(number, 0))
        return number_format(plain(whole), 0, use_l10n=use_l10n, force_grouping=grouped)
    places = abs(places)
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=precise(number, places))
    return number_format(plain(rounded), places, use_l10n=use_l10n, force_grouping=grouped)


def plain(number: Decimal) -> str:
    """Write a number without exponent, and zero without a sign."""
    return f"{number if number else number.copy_abs():f}"


def precise(number: Decimal, places: int) -> Context:
    return Context(prec=max(number.adjusted(), 0) + places + 3)


def is_number_like(value: Any) -> bool:
    """Whether a value is a number that just cannot be written out: infinite, or with too many digits."""
    try:
        float(value)
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False
    return True


@register.filter(is_safe=True)
def filesizeformat(bytes_: Any) -> str:
    try:
        size = int(bytes_)
    except (TypeError, ValueError, OverflowError):
        size = 0
    amount = abs(size)
    if amount < 1024:
        text = ngettext("%(size)d byte", "%(size)d bytes", amount) % {"size": amount}
    else:
        unit, template = next((unit, template) for unit, template in UNITS if amount >= unit)
        text = gettext(template) % number_format(round_half_up(amount, unit), 1)
    return ("-" if size < 0 else "") + text.replace(" ", "\xa0")


def round_half_up(amount: int, unit: int) -> Decimal:
    if amount.bit_length() > 600:
        return Decimal(amount // unit)
    return (Decimal(amount) / unit).quantize(Decimal("0.1"), ROUND_HALF_UP, Context(prec=MAX_DIGITS))


@register.filter
def pluralize(value: Any, arg: Any = "s") -> str:
    endings = str(arg).split(",")
    if len(endings) > 2:
        return ""
    singular, plural = ("", endings[0]) if len(endings) == 1 else endings
    return singular if is_one(value) else plural


def is_one(value: Any) -> bool:
    try:
        return float(value) == 1
    except (ValueError, OverflowError):
        return False
    except TypeError:
        return hasattr(value, "__len__") and len(value) == 1
