"""A real browser and what it visits: headless Chromium, a live server on a database of its own, axe."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from manoir import bridge
from manoir.apps import apps
from manoir.bridge import wait
from manoir.db import connections, make_connection
from manoir.testing import LiveServer
from tests import databases
from tests.models.tables import create_tables
from tests.services import unavailable

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, driven on the loop that is the home of this process: after a live server, which makes its own that."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        unavailable("Chromium", f"none of {', '.join(PROGRAMS)} is installed")
    from playwright.async_api import async_playwright

    async def start() -> tuple[Any, Any]:
        driver = await async_playwright().start()
        return driver, await driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])

    async def stop() -> None:
        await browser.close()
        await driver.stop()

    driver, browser = bridge.run(start())
    yield browser
    bridge.run(stop())


@contextmanager
def empty_database(purpose: str, labels: Iterable[str]) -> Iterator[None]:
    """Have `connections["default"]` be an SQLite database of its own with the tables of apps: a server sees what is committed."""
    entry = databases.entry("sqlite", databases.session_name(purpose))
    connection = make_connection("default", entry)
    wait(connection.create_database(entry["NAME"]))
    with connections.using("default", connection):
        for label in labels:
            wait(create_tables(connection, list(apps.get_app_config(label).get_models())))
        yield
    wait(databases.drop(connection))


@contextmanager
def live_server() -> Iterator[str]:
    """Serve the project; gives the address."""
    server = LiveServer()
    server.start()
    yield server.url
    server.stop()


async def violations(page: Any) -> list[dict[str, Any]]:
    """Ask axe what is wrong with a page; what is right is not gathered, which takes longer than the rest."""
    from axe_playwright_python.async_playwright import Axe

    return (await Axe().run(page, options={"resultTypes": ["violations"]})).response["violations"]
