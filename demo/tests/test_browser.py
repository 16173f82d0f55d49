"""The atlas in a real browser: searched, sorted, paged, opened, answered; looked at in both themes and two widths."""

from __future__ import annotations

import pytest

from tests.conftest import LOOKS

pytestmark = pytest.mark.browser

PAGES = {
    "start": "/",
    "cities": "/cities/",
    "countries": "/countries/",
    "country": "/countries/FR/",
    "airport": "/airports/CDG/",
    "feedback": "/feedback/",
    "thanks": "/feedback/thanks/",
    "sign-in": "/account/login/",
    "reset": "/account/password_reset/",
    "api": "/api/",
    "api-country": "/api/countries/IS/",
}


async def test_visitor_searches_sorts_pages_and_opens_a_country(open_page, picture):
    page = await open_page("/")
    await page.get_by_label("City or country").fill("springfield")
    await page.get_by_role("button", name="Search").click()
    await page.wait_for_url("**/cities/?q=springfield")
    assert "Springfield" in await page.locator("tbody th").first.inner_text()
    await page.get_by_role("link", name="City").first.click()
    assert "sort=name" in page.url
    assert "q=springfield" in page.url
    await page.get_by_role("link", name="show all").click()
    await page.get_by_role("link", name="Next →").click()
    assert await page.get_by_text("Page 2 of").is_visible()
    await page.get_by_role("link", name="← Previous").click()
    await page.locator("tbody a").first.click()
    assert "/countries/" in page.url
    await picture(page, "opened-country")


async def test_visitor_follows_a_country_to_an_airport_and_back(open_page):
    page = await open_page("/countries/IS/")
    assert await page.get_by_role("heading", name="Iceland").is_visible()
    await page.get_by_role("link", name="KEF").click()
    assert await page.get_by_role("heading", name="KEF").is_visible()
    await page.get_by_role("link", name="Iceland").first.click()
    assert page.url.endswith("/countries/IS/")


async def test_visitor_sends_feedback(open_page, picture):
    page = await open_page("/feedback/")
    await page.get_by_role("button", name="Send").click()
    assert await page.get_by_text("Please write something.").is_visible()
    await picture(page, "feedback-errors")
    await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("Message").fill("<b>The map is lovely.</b>")
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/feedback/thanks/")
    assert await page.get_by_role("heading", name="Thank you").is_visible()


async def test_everything_works_without_scripts(open_page):
    page = await open_page("/cities/?q=bern", scripts=False)
    assert "Bern" in await page.locator("tbody").inner_text()


@pytest.mark.parametrize("name", PAGES)
async def test_page_fits_and_is_accessible(open_page, look_at, name):
    """At each width, in each theme; in all of both together where pictures are taken."""
    for width, dark in LOOKS:
        page = await open_page(PAGES[name], width=width, dark=dark)
        await look_at(page, f"{name}-{width}-{'dark' if dark else 'light'}")
