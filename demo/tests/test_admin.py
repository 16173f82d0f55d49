"""The admin of Atlas in a real browser: walked through from end to end, looked at on every screen."""

from __future__ import annotations

import pytest

from accounts.models import User
from imports.models import CityImport
from manoir import bridge
from manoir.testing import allow_databases
from tests.conftest import LOOKS
from world.models import City, Continent, Country, Feedback

pytestmark = pytest.mark.browser

SCREENS = {
    "dashboard": "/admin/",
    "app": "/admin/world/",
    "cities": "/admin/world/city/",
    "cities-found": "/admin/world/city/?q=reyk&_facets=True",
    "countries": "/admin/world/country/",
    "country": "/admin/world/country/IS/change/",
    "country-add": "/admin/world/country/add/",
    "country-history": "/admin/world/country/IS/history/",
    "country-delete": "/admin/world/country/IS/delete/",
    "users": "/admin/accounts/user/",
    "user-add": "/admin/accounts/user/add/",
    "log": "/admin/admin/logentry/",
    "tasks": "/admin/tasks/",
    "caches": "/admin/cache/",
    "password": "/admin/password_change/",
}


@pytest.fixture
def admin_page(open_page, administrator):
    """`await admin_page("/admin/")`: a page of who signed in to the admin."""

    def open_signed_in(path, **options):
        return open_page(path, storage=administrator, **options)

    return open_signed_in


@pytest.fixture
def rows(site):
    """Rows that a walk may change; whatever is left of them goes afterwards."""
    with allow_databases():
        Continent.objects.create(code="XX", name="Lemuria")
        for number in range(3):
            Feedback.objects.create(name=f"Visitor {number}", message=f"Message {number}")
    yield
    with allow_databases():
        City.objects.filter(country__code="ZZ").delete()
        Continent.objects.filter(code="XX").delete()
        Feedback.objects.filter(name__startswith="Visitor").delete()


async def in_database(function):
    """Ask the database from beside the server."""

    def ask():
        with allow_databases():
            return function()

    return await bridge.to_thread(ask)


async def test_somebody_without_staff_status_does_not_come_in(open_page, site):
    await in_database(lambda: User.objects.create_user("guest@example.com", "a lighthouse keeper's logbook"))
    page = await open_page("/admin/")
    await page.get_by_label("Email address").fill("guest@example.com")
    await page.get_by_label("Password").fill("a lighthouse keeper's logbook")
    await page.get_by_role("button", name="Sign in").click()
    assert await page.get_by_label("Password").is_visible()
    assert await page.get_by_role("heading", name="Overview").count() == 0
    await in_database(lambda: User.objects.filter(email="guest@example.com").delete())


async def test_an_editor_walks_through_the_admin(admin_page, picture, rows):
    page = await admin_page("/admin/")
    await page.get_by_role("link", name="Cities", exact=True).first.click()

    # search, then a facet, without a new page
    await page.evaluate("window.sameDocument = true")
    await page.get_by_role("searchbox", name="Search cities").fill("reyk")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=reyk**")
    await page.get_by_role("link", name="Reykjavík").wait_for()
    await page.locator(".filters-button").click()  # beside so many columns there is no room for them
    await page.get_by_role("link", name="Show numbers").click()
    await page.locator("#filters").get_by_text("2", exact=False).first.wait_for()
    assert await page.evaluate("window.sameDocument")
    await picture(page, "walk-1-found")

    # change a country, and a city in its inline
    await page.goto(page.url.split("/admin/")[0] + "/admin/world/country/IS/change/")
    await page.get_by_role("tab", name="Cities").click()
    population = page.locator('input[name="cities-0-population"]')
    before = await population.input_value()
    await population.fill("120000")
    await page.get_by_label("Capital").fill("Reykjavík")
    await page.get_by_role("button", name="Save and continue").click()
    await page.get_by_text("was changed").wait_for()
    await picture(page, "walk-2-saved")

    # its history says what was before
    await page.get_by_role("link", name="History").click()
    assert await page.locator("del", has_text=before).count() >= 1
    assert await page.locator("ins", has_text="120000").count() >= 1
    await picture(page, "walk-3-history")
    await in_database(lambda: City.objects.filter(name="Reykjavík").update(population=int(before)))
    await in_database(lambda: Country.objects.filter(pk="IS").update(capital="Reykjavik"))

    # an action on chosen rows, with a confirmation
    await page.goto(page.url.split("/admin/")[0] + "/admin/world/feedback/?q=Message")
    await page.get_by_role("checkbox").first.check()
    await page.get_by_label("Action").select_option("delete_selected")
    await page.get_by_role("button", name="Go").click()
    await page.get_by_role("heading", name="Are you sure?").or_(page.get_by_text("Visitor 0")).first.wait_for()
    await picture(page, "walk-4-sure")
    await page.get_by_role("button", name="Yes").click()
    await page.get_by_text("deleted").first.wait_for()
    assert await in_database(lambda: Feedback.objects.filter(name__startswith="Visitor").count()) == 0

    # one object, deleted after a look at what goes with it
    await page.goto(page.url.split("/admin/")[0] + "/admin/world/continent/XX/change/")
    await page.get_by_role("link", name="Delete").click()
    await page.get_by_role("button", name="Yes").click()
    await page.get_by_text("was deleted").wait_for()
    assert not await in_database(lambda: Continent.objects.filter(code="XX").exists())


async def test_dark_or_light_is_chosen_and_remembered(admin_page):
    page = await admin_page("/admin/")
    before = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await page.locator("[data-theme-toggle]").first.click()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    chosen = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await page.reload()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == chosen


async def test_keys_are_listed_and_work(admin_page):
    page = await admin_page("/admin/world/city/")
    await page.keyboard.press("?")
    assert await page.get_by_role("heading", name="Keyboard shortcuts").is_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.type") == "search"


async def test_everything_works_without_scripting(admin_page, rows):
    page = await admin_page("/admin/world/continent/?q=Lemuria", scripts=False)
    await page.get_by_role("link", name="Lemuria").click()
    await page.get_by_label("Name").fill("Mu")
    await page.get_by_role("button", name="Save", exact=True).click()
    assert await page.get_by_text("was changed").is_visible()
    await page.goto(page.url.split("/admin/")[0] + "/admin/world/continent/XX/delete/")
    await page.get_by_role("button", name="Yes").click()
    assert await page.get_by_text("was deleted").is_visible()


async def test_staff_import_a_file_of_cities(admin_page, picture, site):
    page = await admin_page("/imports/")
    text = "id,name,country,population,latitude,longitude,timezone\n1,Testville,FR,20000,48.5,2.5,Europe/Paris\n"
    await page.get_by_label("CSV file").set_input_files(
        {"name": "cities.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    await page.get_by_role("button", name="Import").click()
    await page.get_by_text("Waiting for a worker").wait_for()
    await picture(page, "import-waits")
    await in_database(work)
    await page.get_by_text("1 city stored").wait_for(timeout=15_000)  # the page asks again by itself
    await picture(page, "import-done")
    await in_database(lambda: City.objects.filter(name="Testville").delete())
    await in_database(lambda: CityImport.objects.all().delete())


def work():
    from manoir.testing import run_tasks

    run_tasks()


@pytest.mark.parametrize("name", SCREENS)
async def test_screen_fits_and_is_accessible(admin_page, look_at, name):
    """At each width, in each theme; in all of both together where pictures are taken."""
    for width, dark in LOOKS:
        page = await admin_page(SCREENS[name], width=width, dark=dark)
        await page.wait_for_selector(".htmx-request", state="detached")
        await look_at(page, f"admin-{name}-{width}-{'dark' if dark else 'light'}")
