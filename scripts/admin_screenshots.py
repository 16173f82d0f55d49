"""Takes pictures of the admin's pages: two widths, two themes. `python scripts/admin_screenshots.py FOLDER [words of names …]`.

It serves the site of the list's tests with some hundred books on a database of its own, in this process, and drives the
Chromium of playwright, or the one that MANOIR_CHROMIUM names.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("MANOIR_SETTINGS_MODULE", "tests.settings")

import manoir  # noqa: E402

manoir.setup()

from tests.admin.lists.conftest import SETTINGS  # noqa: E402
from tests.library.models import Author, Book, Publisher, Review, Tag  # noqa: E402
from tests.models.tables import create_tables  # noqa: E402

from manoir.apps import apps  # noqa: E402
from manoir.auth import acreate_permissions, get_user_model  # noqa: E402
from manoir.bridge import run  # noqa: E402
from manoir.db import connections, make_connection  # noqa: E402
from manoir.testing import LiveServer, override_settings  # noqa: E402

WIDTHS = {"wide": (1280, 860), "phone": (390, 844)}
PAGES = {
    "login": "/admin/login/",
    "dashboard": "/admin/",
    "list": "/admin/library/book/",
    "list-filtered": "/admin/library/book/?q=the&status__exact=live&o=-4.1&_facets=1",
    "list-authors": "/admin/library/author/",
    "list-empty": "/admin/library/book/?q=nothinglikethis",
    "list-reviews": "/admin/library/review/",
    "app": "/admin/library/",
    "password": "/admin/password_change/",
    "form": "/admin/library/book/1/change/",
    "form-add": "/admin/library/author/add/",
    "delete": "/admin/library/author/1/delete/",
    "history": "/admin/library/book/1/history/",
}
OPEN = {"login"}

NAMES = ["Ada Lovelace", "Jorge Luis Borges", "Ursula K. Le Guin", "Italo Calvino", "Clarice Lispector", "Chinua Achebe",
         "Wisława Szymborska", "Haruki Murakami", "Toni Morrison", "Naguib Mahfouz", "Olga Tokarczuk", "Stanisław Lem"]  # fmt: skip
WORDS = ["The", "Glass", "Garden", "of", "Winter", "Letters", "Sea", "Library", "Memory", "Cities", "Night", "Salt", "Clouds",
         "Harbour", "Silence", "Orchard", "Maps", "River"]  # fmt: skip


async def fill(boss: Any) -> None:
    """Write authors, books and what belongs to them; the same at each run."""
    chance = random.Random(7)
    authors = [await Author.objects.acreate(name=name, email=f"{name.split()[0].lower()}@example.com", active=number % 4 > 0,
                                            born=dt.date(1900 + number * 7, 1 + number % 12, 3))
               for number, name in enumerate(NAMES)]  # fmt: skip
    houses = [await Publisher.objects.acreate(name=name, country=country, website=f"https://{country.lower()}.example.com/")
              for name, country in (("Northlight", "NO"), ("Casa Azul", "MX"), ("Harbour & Sons", "GB"))]  # fmt: skip
    tags = [
        await Tag.objects.acreate(label=label, slug=label.lower()) for label in ("Poetry", "Novel", "Essays", "Travel")
    ]
    for number in range(340):
        book = await Book.objects.acreate(
            title=" ".join(chance.sample(WORDS, chance.randint(2, 4))) + f" {number}",
            isbn=f"978{number:010}",
            price=Decimal(chance.randint(300, 4500)) / 100,
            pages=chance.randint(60, 900),
            author=chance.choice(authors),
            publisher=chance.choice([*houses, None]),
            published=dt.date(chance.randint(2012, 2026), chance.randint(1, 12), chance.randint(1, 28)),
            status=chance.choice(["draft", "live", "live", "gone"]),
            on_sale=chance.random() > 0.5,
            subtitle="A novel" if chance.random() > 0.6 else None,
        )
        await book.tags.aset(chance.sample(tags, chance.randint(0, 2)))
        if number < 60:
            await Review.objects.acreate(book=book, reader=chance.choice(["Sam", "Kim", "Lu"]), stars=chance.choice([1, 3, 5]),
                                         posted=dt.datetime(2026, 1 + number % 12, 3, 9, 30, tzinfo=dt.UTC))  # fmt: skip
    log = apps.get_model("admin", "LogEntry").objects
    moment = dt.datetime.now(tz=dt.UTC)
    async for book in Book.objects.all()[:40]:
        entry = await log.alog_actions(boss.pk, [book], chance.choice([1, 2, 2, 3]), "Changed", single_object=True)
        entry.action_time = moment - dt.timedelta(hours=chance.randint(0, 500))
        await entry.asave()


async def prepare() -> Any:
    await create_tables(connections["default"], [model for label in ("contenttypes", "auth", "sessions", "admin", "library")
                                                 for model in apps.get_app_config(label).get_models()])  # fmt: skip
    for label in ("auth", "admin", "library"):
        await acreate_permissions(apps.get_app_config(label))
    boss = await get_user_model().objects.acreate_superuser("maria", "maria@example.com", "secret")
    await fill(boss)
    return boss


def shoot(url: str, folder: Path, words: list[str]) -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("MANOIR_CHROMIUM") or (
        "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, (columns, rows) in WIDTHS.items():
            for theme in ("light", "dark"):
                context = browser.new_context(viewport={"width": columns, "height": rows}, color_scheme=theme)
                page = context.new_page()
                page.on("console", lambda message: print("console:", message.text) if message.type == "error" else None)
                page.on("pageerror", lambda error: print("error:", error))
                signed_in = False
                for name, path in PAGES.items():
                    if words and not any(word in f"{name}-{width}-{theme}" for word in words):
                        continue
                    if name not in OPEN and not signed_in:
                        page.goto(f"{url}/admin/login/")
                        page.fill("[name=username]", "maria")
                        page.fill("[name=password]", "secret")
                        page.click("button.wide")
                        signed_in = True
                    page.goto(f"{url}{path}")
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
                context.close()
        browser.close()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "admin-pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        database = {"ENGINE": "manoir.db.sqlite", "NAME": f"{place}/pictures.sqlite3"}
        connection = make_connection("default", database)
        with override_settings(**SETTINGS), connections.using("default", connection):
            run(prepare())
            server = LiveServer()
            server.start()
            try:
                shoot(server.url, folder, sys.argv[2:])
            finally:
                server.stop()


if __name__ == "__main__":
    main()
