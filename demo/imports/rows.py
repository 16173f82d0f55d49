"""The lines of a file of cities."""

from __future__ import annotations

import csv
import io

COLUMNS = ("id", "name", "country", "population", "latitude", "longitude", "timezone")


class WrongFile(Exception):
    """The file has other columns than those of cities, or is no CSV."""


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a file of cities.

    Raises:
        WrongFile: it lacks a column, or a line of it cannot be read.
    """
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise WrongFile(f"The file lacks the columns {', '.join(missing)}; its first line has to name them.")
        return list(reader)
    except csv.Error as error:
        raise WrongFile(f"The file cannot be read as CSV: {error}.") from error
