"""Work with rows: manoir beside the limit (the raw drivers) and beside Django and SQLAlchemy.

Each contender works in a process of its own, on the same tables and rows. Answers are compared before anything is
timed; rounds are interleaved, so that a noisy moment meets everybody. What counts is the CPU time of the process for
one piece of work (`time.process_time`: neither the database's nor waiting), and its ratio to the limit's.

    python benchmarks/orm.py [work …]       (BENCH_ROUNDS, BENCH_SECONDS, BENCH_DATABASE_URL)
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from _data import server_url

HERE = Path(__file__).parent / "orm"
sys.path.insert(0, str(HERE))
from _schema import drop_postgresql, make_postgresql, make_sqlite  # beside the contenders

NAME = "manoir_bench_orm"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "4"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "0.25"))
WORKS = {
    "get": ("get by primary key", "1.5"),
    "rows": ("100 rows to instances, filtered, ordered", "1.2"),
    "values": ("1,000 rows of values()", "1.15"),
    "create": ("create one", "1.5"),
    "bulk": ("bulk_create 1,000", "1.5"),
    "join": ("100 rows with their author by a join", "1.5"),
    "many": ("100 rows with their many-to-many", "1.6"),
    "update": ("update one", "-"),
    "count": ("count", "-"),
    "build": ("six clauses to SQL, no I/O", "1/40"),
}


@dataclass
class Contender:
    """One way of doing the works.

    Attributes:
        name: what the table calls it.
        command: module in `orm/` and its arguments.
        database: database it works on; the first contender of each is the limit.
        cpu: measured microseconds of each work.
    """

    name: str
    command: list[str]
    database: str
    process: subprocess.Popen[str] | None = None
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def start(self, environment: dict[str, str]) -> None:
        command = [sys.executable, str(HERE / self.command[0]), *self.command[1:]]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.hear()

    def hear(self) -> str:
        assert self.process
        assert self.process.stdout
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended.")
        return answer.strip()

    def ask(self, *words: str) -> str:
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self.hear()


CONTENDERS = [
    Contender("raw asyncpg", ["raw_asyncpg.py"], "PostgreSQL"),
    Contender("manoir", ["manoir_async.py"], "PostgreSQL"),
    Contender("Django 5.2", ["django_sync.py"], "PostgreSQL"),
    Contender("SQLAlchemy ORM", ["sqlalchemy_async.py"], "PostgreSQL"),
    Contender("raw sqlite3", ["raw_sqlite.py"], "SQLite"),
    Contender("manoir", ["manoir_sync.py"], "SQLite"),
    Contender("Django 5.2", ["django_sync.py", "sqlite"], "SQLite"),
]


def does(contender: Contender, work: str) -> bool:
    return work != "build" or not contender.name.startswith("raw")


def compare_answers(works: list[str]) -> None:
    """Refuse to time contenders that do not give the same answer."""
    for work in works:
        for database in ("PostgreSQL", "SQLite"):
            those = [one for one in CONTENDERS if one.database == database and does(one, work)]
            answers = [json.loads(one.ask("answer", work)) for one in those]
            for contender, answer in zip(those, answers, strict=True):
                if answer != answers[0]:
                    raise SystemExit(
                        f"{contender.name} answers {work!r} on {database} differently:\n{str(answer)[:400]}\n{str(answers[0])[:400]}"
                    )


def measure(works: list[str]) -> None:
    for _ in range(ROUNDS):
        for work in works:
            for contender in CONTENDERS:
                if does(contender, work):
                    contender.cpu.setdefault(work, []).append(float(contender.ask("time", work, str(SECONDS))))


def report(works: list[str]) -> None:
    print(
        f"\nmedian of {ROUNDS} rounds of {SECONDS:g} s; CPU µs of one piece of work; ratio to the limit, the first line"
    )
    for work in works:
        title, budget = WORKS[work]
        print(f"\n{title} (budget {budget})")
        for database in ("PostgreSQL", "SQLite"):
            those = [one for one in CONTENDERS if one.database == database and does(one, work)]
            limit = statistics.median(those[0].cpu[work])
            for contender in those:
                cpu = statistics.median(contender.cpu[work])
                print(f"  {database:<12}{contender.name:<16}{cpu:>11.1f}{cpu / limit:>8.2f} x")


def main() -> None:
    works = [work for work in WORKS if work in sys.argv[1:] or len(sys.argv) == 1]
    url = urlunsplit(urlsplit(server_url())._replace(path=f"/{NAME}"))
    asyncio.run(make_postgresql(server_url(), url, NAME))
    try:
        with tempfile.TemporaryDirectory() as folder:
            for contender in CONTENDERS:
                path = str(Path(folder) / f"{contender.command[0]}.sqlite3")
                if contender.database == "SQLite":
                    make_sqlite(path, exact=contender.name == "manoir")
                contender.start({"ORM_URL": url, "ORM_SQLITE": path})
            compare_answers(works)
            measure(works)
            stop()
    finally:
        stop()
        asyncio.run(drop_postgresql(server_url(), NAME))
    report(works)


def stop() -> None:
    for contender in CONTENDERS:
        if contender.process and contender.process.stdin:
            contender.process.stdin.close()
            contender.process.wait()
            contender.process = None


if __name__ == "__main__":
    main()
