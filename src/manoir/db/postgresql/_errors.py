"""PostgreSQL's errors by their SQLSTATE, told without the values that were part of the statement."""

from __future__ import annotations

import re
from typing import Any

from manoir.exceptions import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    ManoirError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

BY_CLASS: dict[str, type[ManoirError]] = {
    "08": OperationalError,
    "0A": NotSupportedError,
    "21": ProgrammingError,
    "22": DataError,
    "23": IntegrityError,
    "24": InternalError,
    "25": InternalError,
    "26": ProgrammingError,
    "28": OperationalError,
    "3D": ProgrammingError,
    "3F": ProgrammingError,
    "40": OperationalError,
    "42": ProgrammingError,
    "44": ProgrammingError,
    "53": OperationalError,
    "54": OperationalError,
    "55": OperationalError,
    "57": OperationalError,
    "58": OperationalError,
    "XX": InternalError,
}
"""Class of SQLSTATE (its first two characters) to manoir's error, as the DB-API sorts them."""

QUOTED_VALUE = re.compile(r': "[^\n]*"')


def error_for(error: Any, describe: str) -> ManoirError | None:
    """Return manoir's error for one that the server sent; None for one without SQLSTATE."""
    if type(error).__name__ == "InvalidCachedStatementError":
        return OperationalError(
            f"A table of {describe} was changed while this transaction used it: run the transaction again."
        )
    sqlstate = getattr(error, "sqlstate", None)
    if not isinstance(sqlstate, str) or len(sqlstate) != 5:
        return None
    if sqlstate == "22000" and not getattr(error, "message", None):
        return None  # the driver's own, raised under the server's class
    # Only the primary message: DETAIL and CONTEXT quote rows and parameters. Data errors quote the value themselves.
    message = str(getattr(error, "message", "") or type(error).__name__)
    kind = BY_CLASS.get(sqlstate[:2], DatabaseError)
    if kind is DataError:
        message = QUOTED_VALUE.sub("", message)
    if sqlstate in ("42P01", "42703"):
        message += ". Have the migrations been applied? Run `manoir migrate`"
    return kind(f"{message} (SQLSTATE {sqlstate}, in {describe})")


def error_for_client(error: BaseException, describe: str, asyncpg: Any) -> ManoirError | None:
    """Return manoir's error for one that the driver itself raised, or None for a foreign one."""
    exceptions = asyncpg.exceptions
    if isinstance(error, exceptions.DataError):
        # "invalid input for query argument $1: <value> (<why>)": the place is told, the value is not.
        place = re.match(r"invalid input[^:]{0,100}", str(error))
        why = re.search(r"\((value out of [a-z0-9]{1,20} range)\)\Z", str(error))
        what = place[0] if place else "A value does not fit its column"
        return DataError(f"{what}{': ' + why[1] if why else ''} (in {describe})")
    if isinstance(error, exceptions.ConnectionDoesNotExistError | exceptions.InternalClientError | ConnectionError):
        return OperationalError(
            f"The connection to {describe} was lost. What was not committed was rolled back; the next statement connects"
            " again."
        )
    if isinstance(error, exceptions.UnsupportedClientFeatureError):
        return NotSupportedError(f"{error} (in {describe})")
    if isinstance(error, exceptions.InterfaceError):
        if "connection is closed" in str(error):
            return OperationalError(f"The connection to {describe} is closed.")
        if "for this query" in str(error) or "query arguments" in str(error):  # a hint stands on a second line
            return ProgrammingError(f"{str(error).partition(chr(10))[0]} (in {describe})")
        return InterfaceError(f"{error} (in {describe})")
    if isinstance(error, UnicodeEncodeError):
        return DataError(f"A text with half of a surrogate pair cannot be stored (in {describe}).")
    return None
