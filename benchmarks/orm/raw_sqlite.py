"""The limit on SQLite: the standard library's module by hand."""

import os
import sqlite3

from _worker import same, serve

BOOK = "id, title, pages, price, published, author_id"
FIELDS = BOOK.split(", ")
connection = sqlite3.connect(os.environ["ORM_SQLITE"], isolation_level=None, cached_statements=1024)
connection.execute("PRAGMA synchronous = NORMAL")  # as safe with the write-ahead log, and what manoir sets


def fetch(sql, *args):
    return connection.execute(sql, args).fetchall()


def get():
    return connection.execute(f"SELECT {BOOK} FROM book WHERE id = ?", (500,)).fetchone()


def rows():
    return fetch(f"SELECT {BOOK} FROM book WHERE pages > ? ORDER BY title LIMIT 100", 300)


def values():
    return [
        {"id": row[0], "title": row[1], "pages": row[2]}
        for row in fetch("SELECT id, title, pages FROM book WHERE id <= ? ORDER BY id", 1000)
    ]


def create():
    return fetch("INSERT INTO note (title, number) VALUES (?, ?) RETURNING id", "A note", 7)[0][0]


def bulk():
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO note (title, number) VALUES (?, ?)", [(f"Note {n}", n) for n in range(1000)])
    connection.execute("COMMIT")


def join():
    """Rows stitched by hand: a dict of each book, with one of its author."""
    found = fetch(
        "SELECT b.id, b.title, b.pages, b.price, b.published, b.author_id, a.id, a.name, a.country FROM book b "
        "JOIN author a ON a.id = b.author_id WHERE b.pages > ? ORDER BY b.title LIMIT 100", 300
    )  # fmt: skip
    books = []
    for row in found:
        book = dict(zip(FIELDS, row, strict=False))
        book["author"] = {"id": row[6], "name": row[7], "country": row[8]}
        books.append(book)
    return books


def many():
    """Two queries, stitched by hand: a dict of each book, with the dicts of its tags."""
    books = {row[0]: dict(zip(FIELDS, row, strict=False), tags=[]) for row in rows()}
    marks = ", ".join("?" for _ in books)
    for book, key, label in fetch(
        f"SELECT bt.book_id, t.id, t.label FROM book_tags bt JOIN tag t ON t.id = bt.tag_id WHERE bt.book_id IN ({marks}) ORDER BY t.id",
        *books,
    ):
        books[book]["tags"].append({"id": key, "label": label})
    return list(books.values())


def update():
    return connection.execute("UPDATE book SET pages = ? WHERE id = ?", (321, 7)).rowcount


def count():
    return fetch("SELECT count(*) FROM book WHERE pages > ?", 300)[0][0]


def plain_book(row):
    return [*row[:3], f"{float(row[3]):.2f}", *row[4:]]


serve(
    {
        "get": (get, plain_book),
        "rows": (rows, lambda found: [plain_book(row) for row in found]),
        "values": (values, same),
        "create": (create, lambda key: key > 0),
        "bulk": (bulk, lambda _: 1000),
        "join": (join, lambda found: [[book["title"], book["author"]["name"]] for book in found]),
        "many": (many, lambda found: [[book["title"], [tag["label"] for tag in book["tags"]]] for book in found]),
        "update": (update, same),
        "count": (count, same),
    },
    lambda: connection.execute("DELETE FROM note"),
)
