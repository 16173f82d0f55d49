"""The list in a real browser under a strict policy: without page loads, by keyboard, without scripting, accessible."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from manoir import bridge
from manoir.apps import apps
from manoir.auth import acreate_permissions, get_user_model
from manoir.conf import settings
from tests.admin.lists.conftest import LABELS
from tests.admin.visitors import Visitor
from tests.browser import empty_database, live_server
from tests.library.models import Author, Book, Publisher, Review, Tag

pytestmark = pytest.mark.browser

LIST = "/admin/library/book/"


async def fill():
    for label in ("auth", "admin", "library"):
        await acreate_permissions(apps.get_app_config(label))
    boss = await get_user_model().objects.acreate_superuser("boss", "boss@example.com", "secret")
    authors = await Author.objects.abulk_create(
        [Author(name=name, born=dt.date(1950, 1, 1 + place)) for place, name in enumerate(("Ann", "Bob", "Cem"))]
    )
    house = await Publisher.objects.acreate(name="North", country="NO", website="https://example.com/")
    await Tag.objects.acreate(label="red", slug="red")
    books = await Book.objects.abulk_create(
        [
            Book(
                title=f"Book {number:02}", price=Decimal(number), author=authors[number % 3], publisher=house,
                published=dt.date(2020 + number % 3, 1, 1 + number), status="live" if number % 2 else "draft",
            )
            for number in range(25)
        ]
    )  # fmt: skip
    await Review.objects.acreate(book=books[0], reader="Sam")
    await apps.get_model("admin", "LogEntry").objects.alog_actions(boss.pk, books[:3], 2, "Changed")


@pytest.fixture(scope="module")
def site():
    with empty_database("admin_lists", LABELS):
        bridge.run(fill())
        with live_server() as address:
            yield address


class ListVisitor(Visitor):
    async def titles(self):
        return re.findall(r"Book \d\d", " ".join(await self.page.locator("tbody [data-open]").all_inner_texts()))

    async def until(self, url):
        await self.page.wait_for_url(re.compile(url))
        await self.page.wait_for_selector("#progress:not(.htmx-request)", state="attached")
        await self.page.wait_for_selector(".htmx-settling, .htmx-swapping", state="detached")


def test_search_filters_order_and_pages_without_a_page_load(browser, site):
    """The page stays: only rows and filters are replaced; address, history and focus follow."""

    async def walk():
        async with ListVisitor(browser, site) as one:
            page = one.page
            await one.open(LIST)
            await page.locator("#searchbar").press_sequentially("book 1", delay=20)
            await one.until(r"q=book")
            await page.wait_for_selector("text=12 books of 25")
            assert await page.evaluate("document.activeElement.id") == "searchbar"
            await page.locator("#searchbar").press_sequentially("7", delay=20)
            await page.wait_for_selector("text=1 book of 25")
            assert await one.titles() == ["Book 17"]
            await page.fill("#searchbar", "")
            await page.wait_for_selector("#list-summary:has-text('25 books')")
            await page.click("#sort-title")
            await one.until(r"o=-1")
            assert (await one.titles())[0] == "Book 24"
            assert await page.evaluate("document.activeElement.id") == "sort-title"
            await page.click("[data-filter=status] >> text=Draft")
            await one.until(r"status__exact=draft")
            assert " ".join((await page.locator(".chip").inner_text()).split()) == "Status Draft (remove this filter)"
            assert (await one.titles())[:2] == ["Book 24", "Book 22"]
            await page.click("#page-next")
            await one.until(r"p=2")
            assert await one.titles() == ["Book 04", "Book 02", "Book 00"]
            assert one.loads == 0
            await page.go_back()
            await page.wait_for_selector("text=Book 24")
            assert "p=2" not in page.url
            assert (await one.titles())[0] == "Book 24"
            await page.click(".chip")
            await page.wait_for_selector("#list-summary:has-text('25 books')")
            assert "status" not in page.url

    bridge.run(walk())


def test_facets_come_after_the_page(browser, site):
    async def walk():
        async with ListVisitor(browser, site) as one:
            await one.open("/admin/library/author/")
            await one.page.wait_for_selector("[data-filter=active] .count")
            assert await one.page.locator("[data-filter=active] .count").all_inner_texts() == ["3", "0"]
            await one.open(LIST)
            assert await one.page.locator("#filters .count").count() == 0
            await one.page.click("text=Show numbers")
            await one.page.wait_for_selector("[data-filter=status] .count")
            assert await one.page.locator("[data-filter=status] .count").all_inner_texts() == ["13", "12", "0"]
            assert one.loads == 0

    bridge.run(walk())


def test_keyboard(browser, site):
    """Search, next and previous row, choose, open, add, find a model, theme, the list of keys."""

    async def walk():
        async with ListVisitor(browser, site) as one:
            page = one.page
            await one.open(f"{LIST}?o=1")
            await page.keyboard.press("?")
            assert await page.locator("dialog.keys").is_visible()
            assert "next and previous row" in await page.locator("dialog.keys").inner_text()
            await page.keyboard.press("Escape")
            await page.keyboard.press("/")
            assert await page.evaluate("document.activeElement.id") == "searchbar"
            await page.keyboard.press("Escape")
            for key in ("j", "j", "j", "k"):
                await page.keyboard.press(key)
            assert await page.evaluate("document.activeElement.textContent.trim()") == "Book 01"
            await page.keyboard.press("x")
            assert await page.locator("tr.chosen").count() == 1
            assert await page.locator(".counter").first.inner_text() == "1 of 10 chosen"
            await page.keyboard.press("]")
            await one.until(r"p=2")
            await page.keyboard.press("[")
            await page.wait_for_selector("text=Book 00")
            before = await page.evaluate("getComputedStyle(document.body).backgroundColor")
            await page.keyboard.press("t")
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != before
            await page.reload()
            assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
            await page.keyboard.press("g")
            await page.keyboard.type("revi")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/admin/library/review/")
            await page.keyboard.press("h")
            await page.wait_for_url("**/admin/")
            await one.open(f"{LIST}?o=1")
            await page.keyboard.press("j")
            await page.keyboard.press("o")
            await page.wait_for_url("**/change/**")
            await one.open(LIST)
            await page.keyboard.press("a")
            await page.wait_for_url("**/book/add/**")

    bridge.run(walk())


def test_models_fold_away_and_stay_so(browser, site):
    """By the button and by the key; searching for a model unfolds them."""

    async def walk():
        async with ListVisitor(browser, site) as one:
            page = one.page
            await one.open(LIST)
            sidebar, button = page.locator("#nav"), page.locator("[data-models-toggle]")
            narrow = (await page.locator("#content").bounding_box())["width"]
            assert await button.get_attribute("aria-expanded") == "true"
            await button.click()
            assert not await sidebar.is_visible()
            assert await button.get_attribute("aria-expanded") == "false"
            assert (await page.locator("#content").bounding_box())["width"] > narrow + 200
            await page.reload()
            assert not await sidebar.is_visible()
            await page.keyboard.press("m")
            assert await sidebar.is_visible()
            await page.keyboard.press("m")
            await page.keyboard.press("g")
            assert await sidebar.is_visible()
            assert await page.evaluate("document.activeElement.id") == "nav-filter"

    bridge.run(walk())


def test_groups_of_models_fold_and_stay_so(browser, site):
    """The browser alone remembers it; the group of the page that is shown and those of a search are open."""

    async def walk():
        async with ListVisitor(browser, site) as one:
            page, books = one.page, one.page.locator("#nav").get_by_role("link", name="Books", exact=True)
            group = page.locator("[data-nav-group=library] summary")
            await one.open("/admin/")
            cookies = {cookie["name"] for cookie in await one.context.cookies()}
            assert await books.is_visible()
            await group.press("Enter")
            await page.reload()
            assert not await books.is_visible()
            assert {cookie["name"] for cookie in await one.context.cookies()} == cookies
            search = page.get_by_role("searchbox", name="Find a model")
            await search.fill("boo")
            assert await books.is_visible()
            assert not await page.locator("[data-nav-group=auth]").is_visible()
            await search.fill("no such model")
            assert await page.get_by_text("Nothing found").is_visible()
            await search.fill("")
            assert not await books.is_visible()
            await one.open(LIST)
            assert await books.is_visible()
            await one.open("/admin/")
            await group.click()
            await page.reload()
            assert await books.is_visible()

    bridge.run(walk())


def test_filters_stand_beside_the_rows_where_there_is_room_and_fold_away(browser, site):
    async def walk():
        async with ListVisitor(browser, site) as one:
            page, filters, button = one.page, one.page.locator("#filters"), one.page.locator("[data-filters-toggle]")
            await one.open(LIST)
            assert await filters.is_visible()
            await button.click()
            assert not await filters.is_visible()
            assert await button.get_attribute("aria-expanded") == "false"
            await page.reload()
            assert not await filters.is_visible()
            await page.set_viewport_size({"width": 1280, "height": 900})
            assert not await button.is_visible()
            await page.click(".filters-button")
            await page.click("text=Show numbers")
            await page.locator("[data-filter=status] .count").first.wait_for()  # they are looked at in the drawer
            await page.click("[data-filter=status] >> text=Draft")
            await one.until(r"status__exact=draft")
            assert await page.locator(".filters-button .badge").inner_text() == "1"
            assert not await filters.is_visible()

    bridge.run(walk())


async def top_of(locator):
    return round((await locator.bounding_box())["y"])


def test_headings_stay_while_a_list_scrolls(browser, site):
    """A narrow table scrolls with the page, a wide one in its box, where the first column stays too."""

    async def walk():
        async with ListVisitor(browser, site, height=240) as one:
            page, heading = one.page, one.page.locator("thead th").nth(1)
            await one.open("/admin/library/author/")
            await page.evaluate("window.scrollTo(0, 300)")
            assert await top_of(heading) == round((await page.locator(".topbar").bounding_box())["height"])
            await page.set_viewport_size({"width": 1000, "height": 900})
            await one.open(LIST)
            before, name = await top_of(heading), page.locator("tbody th").nth(5)
            left = (await name.bounding_box())["x"]
            await page.evaluate("document.querySelector('.table-wrap').scrollTo(150, 100)")
            assert await page.evaluate("document.querySelector('.table-wrap').scrollLeft") == 150
            assert await top_of(heading) == before
            assert (await name.bounding_box())["x"] == left

    bridge.run(walk())


def test_choosing_rows_and_all_pages(browser, site):
    async def walk():
        async with ListVisitor(browser, site) as one:
            page = one.page
            await one.open(f"{LIST}?o=1")
            boxes = page.locator("tbody td.check input")
            await boxes.nth(1).click()
            await boxes.nth(4).click(modifiers=["Shift"])
            assert await page.locator("tr.chosen").count() == 4
            assert not await page.locator("[data-across]").is_visible()
            await page.locator("[data-choose-all]").click()
            assert await page.locator("tr.chosen").count() == 10
            await page.locator("[data-across] input").check()
            await page.select_option("#action-top", "greet")
            await page.click(".actions-bar button")
            await page.wait_for_selector("text=<i>hello</i> 25")

    bridge.run(walk())


def test_rows_are_saved_by_keyboard(browser, site):
    async def walk():
        async with ListVisitor(browser, site) as one:
            await one.open(f"{LIST}?o=1")
            await one.page.fill("[name=form-0-price]", "12.50")
            async with one.page.expect_navigation():
                await one.page.keyboard.press("Control+s")
            assert "1 book changed" in await one.page.locator(".messages").inner_text()
            assert await one.page.input_value("[name=form-0-price]") == "12.50"
            await one.page.fill("[name=form-1-price]", "7.25")
            async with one.page.expect_navigation():
                await one.page.keyboard.press("Enter")  # saves, instead of running the empty action above
            assert await one.page.input_value("[name=form-1-price]") == "7.25"
            asked = []

            async def refuse(dialog):
                asked.append(dialog.message)
                await dialog.dismiss()

            one.page.on("dialog", refuse)
            await one.page.fill("[name=form-1-price]", "8")
            await one.page.click("#page-next")
            await one.page.wait_for_timeout(50)
            assert asked == ["Some rows were changed and not saved. Leave them?"]
            assert await one.page.input_value("[name=form-1-price]") == "8"

    bridge.run(walk())


def test_everything_without_scripting(browser, site):
    """D8: search, filter, order, pages, facets, actions, saving and signing out, all without a script."""

    async def walk():
        async with ListVisitor(browser, site, scripts=False) as one:
            page = one.page
            await one.open(LIST)
            await page.fill("#searchbar", "book 0")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**q=book+0**")
            await page.click("text=Show numbers")
            await page.wait_for_url("**_facets=1**")
            assert await page.locator("[data-filter=status] .count").count() == 3
            await page.click("[data-filter=status] >> text=Draft")
            await page.wait_for_url("**status__exact=draft**")
            await page.click("#sort-title")
            await page.wait_for_url("**o=-1**")
            await one.open(LIST)
            await page.click("#page-next")
            await page.wait_for_url("**p=2**")
            await page.locator("[name=_selected_action]").first.check()
            await page.select_option("#action-top", "greet")
            await page.click(".actions-bar button")
            await page.wait_for_selector("text=<i>hello</i> 1")
            await page.click(".menu summary")
            await page.click("text=Sign out")
            await page.wait_for_selector("text=Signed out")

    bridge.run(walk())


def test_a_session_that_ended_leads_to_the_sign_in(browser, site):
    async def walk():
        async with ListVisitor(browser, site) as one:
            await one.open(LIST)
            await one.context.clear_cookies()
            await one.page.click("#sort-title")
            await one.page.wait_for_selector("[name=password]")

    bridge.run(walk())


PAGES = ["/admin/", "/admin/library/", LIST, f"{LIST}?status__exact=live&q=book&_facets=1&o=4.1", f"{LIST}?q=nothing",
         "/admin/library/author/", "/admin/library/review/?posted__year=2026", "/admin/library/tag/?_popup=1",
         "/admin/password_change/", "/admin/login/"]  # fmt: skip


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_pages_are_accessible_and_no_wider_than_the_screen(browser, site, width, dark):
    """D8: axe-core finds nothing, in either theme, on a desk and a phone, with all that opens open."""

    async def walk():
        async with ListVisitor(browser, site, width=width, dark=dark) as one:
            page = one.page

            for path in PAGES:
                await one.open(path)
                await one.look(path)
            await one.open(LIST)
            await page.click(".menu summary")
            await one.look("menu")
            await page.keyboard.press("Escape")
            if width < 600:
                await page.click(".filters-button")
                await one.look("filters")
                await page.keyboard.press("Escape")
                await page.click(".nav-button")
                await one.look("navigation")
                assert await page.locator("#nav").is_visible()
            else:
                await page.keyboard.press("?")
                await one.look("keys")
            await one.context.clear_cookies()
            await one.open("/admin/login/")
            await page.fill("[name=username]", "boss")
            await page.fill("[name=password]", "wrong")
            await page.click("main button")
            await one.look("sign-in with an error")

    bridge.run(walk())


@pytest.mark.parametrize("width", [1280, 390])
def test_a_language_written_from_right_to_left_mirrors_the_page(browser, site, width):
    """The models, or on a phone the button that shows them, stand on the right, and nothing sticks out."""

    async def distance(place):
        box = await place.bounding_box()
        return width - (box["x"] + box["width"])

    async def walk():
        async with ListVisitor(browser, site, width=width) as one:
            for address in ("/admin/", f"{LIST}?q=book", f"{LIST}1/change/"):
                await one.open(address)
                assert await distance(one.page.locator(".sidebar" if width > 900 else ".nav-button")) < 16
                assert await distance(one.page.locator("h1")) < (280 if width > 900 else 32)
                assert await one.page.evaluate("document.documentElement.scrollWidth") <= width

    with settings.override(LANGUAGE_CODE="ar"):
        bridge.run(walk())


def test_a_printed_list_has_all_columns_and_nothing_to_press(browser, site):
    """On paper nothing scrolls, whatever theme the screen has."""

    async def walk():
        async with ListVisitor(browser, site, width=1280, dark=True) as one:
            await one.open(LIST)
            await one.page.emulate_media(media="print")
            wrap = one.page.locator(".results .table-wrap")
            assert await wrap.evaluate("box => getComputedStyle(box).overflow") == "visible"
            assert await wrap.evaluate("box => box.scrollWidth <= innerWidth")
            for pressed in (".tools", ".toolbar", ".actions-bar", ".sidebar"):
                assert not await one.page.locator(pressed).first.is_visible(), pressed
            assert await one.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"

    bridge.run(walk())
