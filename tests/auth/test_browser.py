"""The pages of people in a real browser, in a strict policy: signed up, signed in and out, reset, locked; accessible."""

from __future__ import annotations

import re

import pytest

import manoir

manoir.setup()

from manoir import bridge, mail  # noqa: E402
from manoir.conf import settings  # noqa: E402
from tests.auth.test_forms import GOOD  # noqa: E402
from tests.auth.test_sign_up import SITE  # noqa: E402
from tests.browser import empty_database, live_server, violations  # noqa: E402

pytestmark = pytest.mark.browser

STRICT = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}
OTHER = "another horse battery"


@pytest.fixture(scope="module")
def site():
    middleware = [
        *SITE["MIDDLEWARE"],
        "manoir.middleware.XFrameOptionsMiddleware",
        "manoir.middleware.ContentSecurityPolicyMiddleware",
    ]
    with (
        empty_database("people", ("contenttypes", "auth", "sessions")),
        settings.override(
            **{
                **SITE,
                "ROOT_URLCONF": "tests.auth.test_sign_up",
                "MIDDLEWARE": middleware,
                "SECURE_CSP": STRICT,
                "SITE_URL": None,
                "LOGIN_REDIRECT_URL": "/accounts/password_change/",
                "LOGIN_FAILURE_LIMIT": 2,
            }
        ),
    ):
        mail.outbox.clear()
        with live_server() as address:
            yield address


async def link(page):
    for _ in range(100):
        if mail.outbox:
            found = re.search(r"http://\S+/accounts/(?:reset|signup/confirm)/\S+/", mail.outbox.pop().body)
            return found[0]
        await page.wait_for_timeout(20)
    raise AssertionError("no mail came")


async def walk(browser, site):
    problems = []
    context = await browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="light")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)

    async def look(title, themes=("light",)):
        assert await page.locator("h1").inner_text() == title
        for theme in themes:
            await page.emulate_media(color_scheme=theme)
            problems.extend(
                f"{title}, {theme}: {item['id']} {item['nodes'][0]['html']}" for item in await violations(page)
            )
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390

    async def send(**values):
        for name, value in values.items():
            await page.fill(f"[name={name}]", value)
        async with page.expect_navigation():
            await page.click("button")

    await page.goto(f"{site}/accounts/signup/")
    await look("Sign up")
    await send(email="ada@example.com")
    await look("Look into your mail")
    await page.goto(await link(page))
    await look("Welcome")
    await send(username="ada", password1=GOOD, password2=GOOD)
    await look("Change password")
    await send(old_password=GOOD, new_password1=OTHER, new_password2=OTHER)
    await look("Password changed")
    await context.clear_cookies()

    await page.goto(f"{site}/accounts/login/")
    await look("Sign in")
    await page.get_by_role("link", name="Forgot your password?").click()
    await look("Forgot your password?")
    await send(email="ada@example.com")
    await page.goto(await link(page))
    await look("Choose a new password")
    await send(new_password1=GOOD, new_password2="x" + GOOD)
    assert await page.locator("[aria-invalid=true]").count() == 1
    await look("Choose a new password", ("light", "dark"))
    await send(new_password1=GOOD, new_password2=GOOD)
    await look("Your password was changed")
    await page.get_by_role("link", name="Sign in with the new password").click()
    await send(username="ada", password=GOOD)
    await look("Change password")

    for _ in range(2):
        await page.goto(f"{site}/accounts/login/")
        await send(username="grace", password="wrong")
    assert problems == []
    await send(username="grace", password="wrong")
    assert "Wait a minute" in await page.get_by_role("alert").inner_text()
    await look("Sign in", ("light", "dark"))
    assert [problem for problem in problems if "429" not in problem] == []
    await context.close()


def test_people_come_and_go(browser, site):
    bridge.run(walk(browser, site))
