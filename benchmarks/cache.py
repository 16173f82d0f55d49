"""What a cached value costs beside the floor: MessagePack without our table of types. Run: python benchmarks/cache.py."""

from __future__ import annotations

import timeit

import msgspec

from manoir.cache import LocMemCache, pack, unpack
from manoir.conf import settings

ROWS = [{"id": number, "name": f"row {number}", "tags": ["a", "b"], "price": 1.5} for number in range(50)]


def microseconds(func: object, repeats: int = 2_000) -> float:
    timer = timeit.Timer(func)  # type: ignore[arg-type]
    return min(timer.repeat(5, repeats)) / repeats * 1e6


def main() -> None:
    settings.configure(SECRET_KEY="benchmark " * 4)
    cache = LocMemCache("benchmark")
    cache.set("rows", ROWS)
    plain = msgspec.msgpack.encode(ROWS)
    print(
        f"pack 50 rows     {microseconds(lambda: pack(ROWS)):7.1f} µs   floor {microseconds(lambda: msgspec.msgpack.encode(ROWS)):7.1f}"
    )
    print(
        f"unpack 50 rows   {microseconds(lambda: unpack(plain)):7.1f} µs   floor {microseconds(lambda: msgspec.msgpack.decode(plain)):7.1f}"
    )
    print(f"cache.get(text)  {microseconds(lambda: cache.get('missing')):7.1f} µs")


if __name__ == "__main__":
    main()
