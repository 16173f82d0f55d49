"""The whole world in the test database, once; a real server and a real browser beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from manoir import bridge
from manoir.commands import call_command
from manoir.testing import LiveServer, allow_databases

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADMINISTRATOR = "grace@example.com"
PASSWORD = "a lighthouse keeper's logbook"
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""Directory into which the browser tests write pictures of every page; none without it."""
LOOKS = ((1280, False), (390, True), (1280, True), (390, False))[: 4 if SCREENSHOTS else 2]
"""Width and theme that pages are looked at in: each of both, and for pictures each with each."""


@pytest.fixture(scope="session")
def world(manoir_test_databases):
    """All continents, countries, cities and airports."""
    with allow_databases():
        call_command("load_world", verbosity=0)


@pytest.fixture(scope="session")
def site(world):
    """The demo on a real server."""
    with allow_databases():
        server = LiveServer()
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def browser(site):
    """A headless Chromium, driven on the loop that the server has made the home of this process."""
    if CHROMIUM is None:
        if os.environ.get("MANOIR_REQUIRE_SERVICES"):
            pytest.fail("Chromium is required here, but none is installed.", pytrace=False)
        pytest.skip("Chromium is not installed.")
    from playwright.async_api import async_playwright

    async def start():
        driver = await async_playwright().start()
        return driver, await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

    async def stop():
        await chromium.close()
        await driver.stop()

    driver, chromium = bridge.run(start())
    yield chromium
    bridge.run(stop())


@pytest.fixture
def open_page(browser, site):
    """`await open_page("/cities/", width=390, dark=True)`: a page in a fresh context; console errors fail the test."""
    contexts, problems = [], []

    async def open_page(path, *, width=1280, height=900, dark=False, scripts=True, storage=None):
        context = await browser.new_context(
            storage_state=storage,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{site.url}{path}")
        return page

    yield open_page

    async def close():
        for context in contexts:
            await context.close()

    bridge.run(close())
    assert problems == []


@pytest.fixture(scope="session")
def administrator(browser, site):
    """What the browser of a superuser keeps, who signed in to the admin; the account is there as long as the tests."""
    from accounts.models import User

    with allow_databases():
        user = User.objects.create_superuser(ADMINISTRATOR, PASSWORD, first_name="Grace")

    async def sign_in():
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{site.url}/admin/")
        await page.get_by_label("Email address").fill(ADMINISTRATOR)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{site.url}/admin/")
        state = await context.storage_state()
        await context.close()
        return state

    yield bridge.run(sign_in())
    with allow_databases():
        user.delete()


@pytest.fixture
def picture():
    """`await picture(page, "cities")` writes a screenshot where SCREENSHOTS names a directory."""

    async def take(page, name):
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=False)

    return take


@pytest.fixture
def look_at(picture):
    """`await look_at(page, "cities-390-dark")`: nothing is wider than the window, axe finds nothing serious; a picture."""
    from axe_playwright_python.async_playwright import Axe

    async def look_at(page, name):
        await picture(page, name)
        overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, name
        results = await Axe().run(page, options={"resultTypes": ["violations"]})
        serious = [
            (violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in results.response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], name

    return look_at
