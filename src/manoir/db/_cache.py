"""A cache in a table of the database: `manoir.db.DatabaseCache`."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from manoir.bridge import blocking
from manoir.cache import BaseCache, integer_of, pack
from manoir.db import transaction
from manoir.db._connection import Connection
from manoir.db._handler import connections
from manoir.db._link import Row
from manoir.db._placeholders import translate
from manoir.exceptions import ImproperlyConfigured

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
NEVER: Final = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
LONGEST_KEY: Final = 255
KEYS_A_STATEMENT: Final = 200
PACKED: Final = "="
"""Stands before packed values, in base64. Integers are stored as digits, so that the database can count."""


class DatabaseCache(BaseCache):
    """A cache in the table LOCATION, which `manoir createcachetable` makes; shared by all processes.

    It uses the database OPTIONS["DATABASE"], else "default", and takes part in the transaction it is used in: what a
    rolled back transaction stored is gone. OPTIONS: `MAX_ENTRIES` (300) and `CULL_FREQUENCY` (3): when there are more, what has expired goes, then a third of the rest.

    Raises:
        ImproperlyConfigured: LOCATION is no plain name of a table.
    """

    def __init__(self, location: Any = "", params: Mapping[str, Any] | None = None) -> None:
        super().__init__(location, params)
        if not IDENTIFIER.fullmatch(str(location)):
            raise ImproperlyConfigured(
                f"A DatabaseCache needs the name of its table as LOCATION: letters, digits and underscores, not {location!r}."
            )
        self.table = f'"{location}"'
        self.writes_until_cull = 0

    @property
    def connection(self) -> Connection:
        """The connection of the database that has the table."""
        return connections[self.options.get("DATABASE", "default")]

    def may_share_stats(self) -> bool:
        """Not inside a transaction: everybody else would wait for its end to count."""
        return not self.connection.in_atomic_block

    # -- the eight steps --------------------------------------------------------------------------------------------

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Return the live items, in one statement."""
        found: dict[str, bytes] = {}
        names = {stored_key(key): key for key in keys}
        for chunk in chunks(list(names)):
            rows = await self.fetch(
                f"SELECT cache_key, value FROM {self.table} WHERE cache_key IN ({marks(chunk)}) AND expires > %s",
                [*chunk, self.moment(0)],
            )
            found.update({names[key]: from_stored(value) for key, value in rows})
        return found

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Store all items, in one statement."""
        await self.cull(len(items))
        moment = self.moment(seconds)
        for chunk in chunks([(stored_key(key), to_stored(data), moment) for key, data in items.items()]):
            await self.fetch(
                f"INSERT INTO {self.table} (cache_key, value, expires) VALUES {', '.join(['(%s, %s, %s)'] * len(chunk))} "
                "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
                [part for row in chunk for part in row],
            )
        return []

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item unless there is a live one, in one statement."""
        await self.cull(1)
        rows = await self.fetch(
            f"INSERT INTO {self.table} AS kept (cache_key, value, expires) VALUES (%s, %s, %s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires "
            "WHERE kept.expires <= %s RETURNING cache_key",
            [stored_key(key), to_stored(data), self.moment(seconds), self.moment(0)],
        )
        return bool(rows)

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item if there is a live one, in one statement."""
        rows = await self.fetch(
            f"UPDATE {self.table} SET value = %s, expires = %s WHERE cache_key = %s AND expires > %s RETURNING cache_key",
            [to_stored(data), self.moment(seconds), stored_key(key), self.moment(0)],
        )
        return bool(rows)

    async def remove(self, keys: list[str]) -> int:
        """Remove items."""
        count = 0
        now = self.moment(0)
        for chunk in chunks([stored_key(key) for key in dict.fromkeys(keys)]):
            rows = await self.fetch(
                f"DELETE FROM {self.table} WHERE cache_key IN ({marks(chunk)}) AND expires > %s RETURNING cache_key",
                [*chunk, now],
            )
            count += len(rows)
        return count

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Give an item a new expiry."""
        rows = await self.fetch(
            f"UPDATE {self.table} SET expires = %s WHERE cache_key = %s AND expires > %s RETURNING cache_key",
            [self.moment(seconds), stored_key(key), self.moment(0)],
        )
        return bool(rows)

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Give an item a new expiry if it is `data`, in one statement."""
        rows = await self.fetch(
            f"UPDATE {self.table} SET expires = %s WHERE cache_key = %s AND value = %s AND expires > %s RETURNING cache_key",
            [self.moment(seconds), stored_key(key), to_stored(data), self.moment(0)],
        )
        return bool(rows)

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Remove an item if it is `data`, in one statement."""
        rows = await self.fetch(
            f"DELETE FROM {self.table} WHERE cache_key = %s AND value = %s AND expires > %s RETURNING cache_key",
            [stored_key(key), to_stored(data), self.moment(0)],
        )
        return bool(rows)

    async def add_to(self, key: str, delta: int) -> int | None:
        """Add to an integer, in one statement."""
        live = [stored_key(key), self.moment(0)]
        while True:
            rows = await self.fetch(
                f"UPDATE {self.table} SET value = CAST(CAST(value AS bigint) + CAST(%s AS bigint) AS text) "
                "WHERE cache_key = %s AND expires > %s AND value NOT LIKE '=%%' RETURNING value",
                [delta, *live],
            )
            if rows:
                return int(rows[0][0])
            found = await self.fetch(f"SELECT value FROM {self.table} WHERE cache_key = %s AND expires > %s", live)
            if not found:
                return None
            if found[0][0].startswith(PACKED):
                raise ValueError(f"The value of {key!r} is no integer of 64 bits: nothing to count with.")
            # A number that somebody stored between the two statements: it can be counted with now.

    async def remove_all(self) -> None:
        """Empty the table."""
        await self.fetch(f"DELETE FROM {self.table}", [])

    # -- the table --------------------------------------------------------------------------------------------------

    async def acreate_table(self) -> bool:
        """Make the table where it is missing; tell whether it was made."""
        connection = self.connection
        if str(self.location) in await connection.table_names():
            return False
        kind = "timestamp with time zone" if connection.vendor == "postgresql" else "datetime"
        async with transaction.atomic(using=connection.alias):
            await connection.execute(
                f"CREATE TABLE {self.table} (cache_key varchar({LONGEST_KEY}) NOT NULL PRIMARY KEY, "
                f"value text NOT NULL, expires {kind} NOT NULL)"
            )
            await connection.execute(f'CREATE INDEX "{str(self.location)[:50]}_expires" ON {self.table} (expires)')
        return True

    create_table = blocking(acreate_table)

    async def cull(self, count: int) -> None:
        """Make room before `count` writes; the table is counted only once in a tenth of MAX_ENTRIES writes."""
        self.writes_until_cull -= count
        if self.writes_until_cull > 0:
            return
        await self.fetch(f"DELETE FROM {self.table} WHERE expires <= %s", [self.moment(0)])
        entries = (await self.fetch(f"SELECT COUNT(*) FROM {self.table}", []))[0][0]
        self.writes_until_cull = max(1, min(self._max_entries // 10, self._max_entries - entries))
        if entries < self._max_entries:
            return
        if self._cull_frequency == 0:
            await self.remove_all()
            return
        surplus = max(1, entries // self._cull_frequency)
        await self.fetch(
            f"DELETE FROM {self.table} WHERE cache_key IN "
            f"(SELECT cache_key FROM {self.table} ORDER BY expires, cache_key LIMIT {int(surplus)})",
            [],
        )

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run a statement of this module."""
        connection = self.connection
        text, arguments = translate(sql, values, connection.placeholder_style)
        return await connection.fetch(text, arguments)

    def moment(self, seconds: float | None) -> Any:
        """Return the moment some seconds from now as the driver takes it; None is never."""
        moment = NEVER if seconds is None else dt.datetime.now(dt.UTC) + dt.timedelta(seconds=min(seconds, 3e9))
        return moment if self.connection.vendor == "postgresql" else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def chunks(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + KEYS_A_STATEMENT] for start in range(0, len(items), KEYS_A_STATEMENT)]


def stored_key(key: str) -> str:
    """Return a key as it stands in the table; one that is too long is refused."""
    if len(key) > LONGEST_KEY or "\x00" in key:
        raise ValueError(
            f"A DatabaseCache takes keys of at most {LONGEST_KEY} characters, without NUL; {key[:60]!r}… has {len(key)}. "
            "hashed_key() makes a safe one."
        )
    return key


def to_stored(data: bytes) -> str:
    """Return packed bytes as they stand in the table."""
    number = integer_of(data)
    return PACKED + base64.b64encode(data).decode() if number is None else str(number)


def from_stored(text: str) -> bytes:
    """Return the packed bytes of what stands in the table; foreign text stays such that `unpack` refuses it."""
    if text[:1] == PACKED:
        try:
            return base64.b64decode(text[1:], validate=True)
        except ValueError:
            return b"\xc1"
    return pack(int(text)) if re.fullmatch(r"-?[0-9]{1,19}", text) else b"\xc1"
