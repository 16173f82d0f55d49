"""The pages of an API in a real browser, under a strict policy: read, written, refused and described; accessible."""

from __future__ import annotations

from pathlib import Path

import pytest

from manoir import bridge, rest
from manoir.auth import User
from manoir.auth.urls import urlpatterns as accounts
from manoir.bridge import wait
from manoir.conf import settings
from manoir.db import connections
from manoir.http import HttpResponse
from manoir.rest.schemas import get_schema_view
from manoir.urls import path
from tests.browser import empty_database, live_server, violations
from tests.models.tables import create_tables
from tests.rest.notebook import Folder, Note
from tests.rest.notebook import urlpatterns as notebook

pytestmark = pytest.mark.browser

STYLE = Path(rest.__file__).parent / "static" / "rest" / "api.css"


def style(request):
    return HttpResponse(STYLE.read_bytes(), content_type="text/css")


urlpatterns = [
    path("static/rest/api.css", style),
    path("docs/", get_schema_view(title="Notes", permission_classes=[rest.AllowAny], public=True)),
    *notebook,
    *accounts,
]
SITE = {
    "ROOT_URLCONF": "tests.rest.test_browser",
    "MIDDLEWARE": [
        "manoir.sessions.SessionMiddleware",
        "manoir.security.CsrfViewMiddleware",
        "manoir.auth.AuthenticationMiddleware",
        "manoir.middleware.ContentSecurityPolicyMiddleware",
    ],
    "TEMPLATES": [{"BACKEND": "manoir.templates.Engine", "DIRS": [], "APP_DIRS": True, "OPTIONS": {}}],
    "STATIC_URL": "/static/",
    "SECURE_CSP": {"default-src": ["'self'"], "img-src": ["'self'", "data:"], "base-uri": ["'none'"]},
}


@pytest.fixture(scope="module")
def site():
    with empty_database("rest_pages", ("contenttypes", "auth", "sessions")), settings.override(**SITE):
        wait(create_tables(connections["default"], [Folder, Note]))
        ann = User.objects.create_user("ann", password="ann-secret")
        folder = Folder.objects.create(owner=ann, name="Travel")
        Note.objects.create(folder=folder, title="<b>Lisbon</b>", stars=4)
        with live_server() as address:
            yield address


async def walk(browser, site):
    problems = []
    context = await browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="light")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    # Answers of 403 and 400 are told in the console, too; a policy's violation is what counts.
    page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    async def look(title):
        assert await page.locator("h1").inner_text() == title
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme)
            problems.extend(
                f"{title}, {theme}: {item['id']} {item['nodes'][0]['html']}" for item in await violations(page)
            )
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390

    async def press(name, exact=True):
        async with page.expect_navigation():
            await page.get_by_role("button", name=name, exact=exact).first.click()

    await page.goto(f"{site}/notes/")
    await look("Note List")
    assert await page.locator(".status").inner_text() == "403 Forbidden"
    await page.get_by_role("link", name="Log in").click()
    await page.fill("[name=username]", "ann")
    await page.fill("[name=password]", "ann-secret")
    async with page.expect_navigation():
        await page.click("form button")
    assert page.url == f"{site}/notes/"
    await look("Note List")
    assert "<b>Lisbon</b>" in await page.locator("pre").inner_text()

    await page.fill("#POST-title", "Porto")
    await page.select_option("#POST-folder", index=1)
    await press("POST")
    assert await page.locator(".status").inner_text() == "201 Created"
    await page.goto(f"{site}/notes/2/")
    await look("Note Instance")
    await page.fill("#PUT-title", "")
    await press("PUT")
    await look("Note Instance")
    assert await page.locator(".wrong .error").count() == 1
    await page.locator("details summary", has_text="Raw JSON").click()
    await page.fill("#PUT-raw", '{"stars": 5}')
    await press("PATCH")
    assert '"stars": 5' in await page.locator("pre").inner_text()
    await page.locator("summary", has_text="Delete").click()
    await press("Yes, delete")
    assert await page.locator(".status").inner_text() == "204 No Content"
    await press("Log out")

    await page.goto(f"{site}/docs/")
    await page.locator("#operations-notes-note_list").wait_for()
    assert await page.locator(".opblock").count() > 10
    await context.close()
    assert problems == []


def test_an_api_is_used_by_a_person(browser, site):
    """H13, H14: no script and no style but those with the page's nonce; markup in data stays text."""
    bridge.run(walk(browser, site))
    titles = list(Note.objects.values_list("title", flat=True))
    assert titles == ["<b>Lisbon</b>"]
