"""The forms of the admin in a real browser under a strict policy: with scripting, without it, on a phone, accessible."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir import bridge
from manoir.apps import apps
from manoir.auth import acreate_permissions, get_user_model
from tests.admin.forms.site.admin import ToolInline, VisitInline, WorkshopAdmin
from tests.admin.forms.site.models import Guild, Oath, Person, Skill, Tool, Visit, Workshop
from tests.admin.visitors import Visitor
from tests.browser import empty_database, live_server

pytestmark = pytest.mark.browser

FORGE = "/admin/atelier/workshop/1/change/"


async def fill():
    for label in ("auth", "admin", "atelier"):
        await acreate_permissions(apps.get_app_config(label))
    await get_user_model().objects.acreate_superuser("boss", "boss@example.com", "secret")
    smiths = await Guild.objects.acreate(name="Smiths", slug="smiths")
    for number in range(30):
        await Guild.objects.acreate(name=f"Guild {number:02}", slug=f"g{number}")
    ada = await Person.objects.acreate(name="Ada", guild=smiths, born=dt.date(1990, 1, 2), known=True)
    await Oath.objects.acreate(person=ada, text="Never again")
    for name in ("Casting", "Forging", "Glazing"):
        await Skill.objects.acreate(name=name)
    forge = await Workshop.objects.acreate(name="Forge", keeper=ada, patron=ada)
    for name in ("Anvil", "Hammer"):
        await Tool.objects.acreate(workshop=forge, name=name, owner=ada)
    await Visit.objects.acreate(workshop=forge, guest=ada, day=dt.date(2026, 1, 1))


@pytest.fixture(scope="module")
def site():
    labels = [config.label for config in apps.get_app_configs() if config.name.startswith("manoir.")]
    with empty_database("admin_forms", [*labels, "atelier"]):
        bridge.run(fill())
        with live_server() as address:
            yield address


class FormVisitor(Visitor):
    async def save(self, name="_save"):
        async with self.page.expect_navigation():
            await self.page.locator(f".submit-row.bottom [name={name}]").click()


def test_crud_without_scripting(browser, site):
    """D8: an object is made with a row, changed with another one, and deleted, all without a script."""

    async def walk():
        async with FormVisitor(browser, site, scripts=False) as one:
            page = one.page
            await one.open("/admin/atelier/workshop/add/")
            await page.fill("#id_name", "Kiln")
            await page.fill("#id_tools-0-name", "Wheel")
            await page.fill("#id_patron", "1")
            await page.select_option("#id_skills", label=["Casting", "Glazing"])
            await one.save("_continue")
            assert "was added" in await page.locator(".messages").inner_text()
            assert await page.input_value("#id_tools-0-name") == "Wheel"
            await page.fill("#id_name", "")
            await one.save()
            assert "Please mend one thing" in await page.get_by_role("alert").inner_text()
            await page.get_by_role("link", name="Name", exact=True).click()
            await page.fill("#id_name", "Big kiln")
            await page.fill("#id_tools-1-name", "Glaze")
            await page.check("#id_tools-0-DELETE")
            await one.save("_continue")
            assert await page.input_value("#id_tools-0-name") == "Glaze"
            await page.get_by_role("link", name="History").click()
            assert "Kiln" in await page.locator("table.diff del").first.inner_text()
            await page.go_back()
            await page.locator(".submit-row.bottom").get_by_role("link", name="Delete").click()
            async with page.expect_navigation():
                await page.get_by_role("button", name="Yes, delete").click()
            assert "was deleted" in await page.locator(".messages").inner_text()
            await one.open("/admin/atelier/person/1/change/")
            assert await page.locator("[name=guild]").is_hidden()
            await page.fill("[name=guild-keys]", "5")
            await one.save("_continue")
            assert await page.input_value("[name=guild-keys]") == "5"

    bridge.run(walk())


def test_rows_are_added_and_removed(browser, site):
    async def walk():
        async with FormVisitor(browser, site) as one:
            page = one.page
            await one.open(FORGE)
            group = page.locator("#tools-group")
            for name in ("Tongs", "Saw", "Vice"):
                await group.get_by_role("button", name="Add tool").click()
                await page.keyboard.type(name)  # the new row has the focus
            await group.locator("#tools-4").get_by_role("button", name="Remove").click()
            assert await page.input_value("[name=tools-TOTAL_FORMS]") == "5"
            assert await page.input_value("#id_tools-4-name") == "Vice"
            await one.save("_continue")
            names = [await page.input_value(f"#id_tools-{number}-name") for number in range(4)]
            assert names == ["Anvil", "Hammer", "Tongs", "Vice"]
            await page.check("#id_tools-2-DELETE")
            await page.check("#id_tools-3-DELETE")
            assert await group.locator("tr.going").count() == 2
            await one.save("_continue")
            assert await page.input_value("[name=tools-INITIAL_FORMS]") == "2"

    bridge.run(walk())


@pytest.fixture
def tabs(monkeypatch):
    """The form of workshops, divided."""
    inlines = [type("Own", (ToolInline,), {"classes": ["tab"]}), VisitInline]
    monkeypatch.setattr(WorkshopAdmin, "inlines", inlines)
    monkeypatch.setattr(
        WorkshopAdmin,
        "fieldsets",
        [
            (None, {"fields": ["name"]}),
            ("Place", {"fields": ["town"], "classes": ["tab"]}),
            ("People", {"fields": ["keeper", "patron", "friends"], "classes": ["tab"]}),
        ],
    )


def test_tabs_by_mouse_and_keyboard(browser, site, tabs):
    """One section is seen at a time, arrows go through them, and the page comes back with the same one."""

    async def walk():
        async with FormVisitor(browser, site) as one:
            page = one.page
            await one.open(FORGE)
            strip = page.get_by_role("tablist", name="Parts of the form")
            assert await strip.get_by_role("tab").all_inner_texts() == ["Place", "People", "Tools 2"]
            assert await page.get_by_role("tabpanel", name="Place").get_by_label("Town").is_visible()
            assert not await page.locator("#tools-group").is_visible()
            await strip.get_by_role("tab", name="Place").press("ArrowRight")
            assert await page.evaluate("document.activeElement.textContent.trim()") == "People"
            assert await page.get_by_label("Keeper").is_visible()
            await page.keyboard.press("End")
            assert await page.get_by_role("tabpanel", name="Tools").is_visible()
            assert await page.locator("[role=tab][tabindex='0']").count() == 1
            await page.keyboard.press("ArrowRight")
            assert not await page.get_by_role("tabpanel", name="Tools").is_visible()
            await strip.get_by_role("tab", name="Tools").click()
            await one.save("_continue")
            assert await page.get_by_role("tab", selected=True).inner_text() == "Tools 2"

    bridge.run(walk())


def test_a_tab_with_a_mistake_is_marked_and_opens(browser, site, tabs):
    async def walk():
        async with FormVisitor(browser, site) as one:
            page = one.page
            await one.open(FORGE)
            await page.get_by_role("tab", name="Tools").click()
            await page.fill("#id_tools-0-name", "")
            await page.get_by_role("tab", name="Place").click()
            await one.save()
            assert await page.get_by_role("tab", selected=True).get_attribute("class") == "has-errors"
            assert await page.locator("#id_tools-0-name").is_visible()
            await page.get_by_role("tab", name="Place").click()
            await page.get_by_role("link", name="Tools 1, Name").click()
            assert await page.evaluate("document.activeElement.id") == "id_tools-0-name"
            assert await page.get_by_role("tabpanel", name="Tools").is_visible()

    bridge.run(walk())


def test_tabs_are_sections_without_scripting(browser, site, tabs):
    async def walk():
        async with FormVisitor(browser, site, scripts=False) as one:
            await one.open(FORGE)
            for label in ("Town", "Keeper"):
                assert await one.page.get_by_label(label).is_visible()
            assert await one.page.locator("#id_tools-0-name").is_visible()
            await one.page.locator("[data-tabs]").get_by_role("link", name="People").click()
            assert one.page.url.endswith("#tab-2")

    bridge.run(walk())


def test_fields_help(browser, site):
    """An address fills itself, a search finds, two lists move, a related object comes back from its window."""

    async def walk():
        async with FormVisitor(browser, site) as one:
            page = one.page
            await one.open("/admin/atelier/guild/add/")
            await page.locator("#id_name").press_sequentially("Guild of Glass & Salt")
            assert await page.input_value("#id_slug") == "guild-of-glass-salt"
            await page.fill("#id_slug", "own")
            await page.locator("#id_name").press_sequentially("!")
            assert await page.input_value("#id_slug") == "own"

            await one.open("/admin/atelier/person/1/change/")
            box = page.get_by_role("combobox", name="Guild")
            await box.fill("guild 1")
            await page.get_by_role("option", name="Guild 17").wait_for()
            await box.press("ArrowDown")
            await box.press("ArrowDown")
            await box.press("Enter")
            assert await box.input_value() == "Guild 10"
            await one.save("_continue")
            assert await page.get_by_role("combobox", name="Guild").input_value() == "Guild 10"
            async with page.expect_popup() as opened:
                await page.locator(".field-guild .add-related").click()
            popup = await opened.value
            await popup.wait_for_load_state()
            await popup.fill("#id_name", "From a window")
            await popup.fill("#id_slug", "window")
            async with popup.expect_event("close"):
                await popup.locator("[name=_save]").click()
            await page.wait_for_function(
                "document.querySelector('#id_guild').selectedOptions[0].text == 'From a window'"
            )
            assert await page.get_by_role("combobox", name="Guild").input_value() == "From a window"

            await one.open(FORGE)
            skills = page.locator(".field-skills")
            free = skills.get_by_label("Find: Available skills")
            await free.fill("forg")
            assert await skills.locator(".badge").all_inner_texts() == ["1 / 3", "0"]
            await skills.get_by_role("button", name="Choose all").click()
            await free.fill("")
            await skills.get_by_label("Available skills", exact=True).select_option(label="Casting")
            await skills.get_by_role("button", name="Choose", exact=True).click()
            assert await skills.locator(".badge").all_inner_texts() == ["1", "2"]
            assert await skills.get_by_role("status").inner_text() == "2 of 3 chosen"
            assert await page.locator("#id_skills option:checked").count() == 2
            await page.fill("#id_name", "")
            await one.save()
            assert "error-summary" in await page.evaluate("document.activeElement.className")
            await page.get_by_role("link", name="Name", exact=True).click()
            assert await page.evaluate("document.activeElement.id") == "id_name"
            await page.fill("#id_name", "Forge")
            await one.save("_continue")
            assert await page.locator("#id_skills option:checked").count() == 2
            async with page.expect_popup() as opened:
                await page.locator(".field-patron .related-lookup").click()
            popup = await opened.value
            await popup.wait_for_load_state()
            async with popup.expect_event("close"):
                await popup.get_by_role("link", name="Ada").click()
            assert await page.input_value("#id_patron") == "1"

    bridge.run(walk())


PAGES = [
    "/admin/atelier/guild/add/", "/admin/atelier/person/1/change/", FORGE, "/admin/atelier/workshop/1/delete/",
    "/admin/atelier/person/1/delete/", "/admin/atelier/workshop/1/history/", "/admin/atelier/guild/add/?_popup=1",
    "/admin/auth/user/add/", "/admin/auth/user/1/change/", "/admin/auth/user/1/password/", "/admin/auth/group/add/",
]  # fmt: skip


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_pages_are_accessible_and_no_wider_than_the_screen(browser, site, width, dark):
    """D8: axe-core finds nothing, in either theme, on a desk and a phone, errors included."""

    async def walk():
        async with FormVisitor(browser, site, width=width, dark=dark) as one:
            page = one.page

            for path in PAGES:
                await one.open(path)
                await one.look(path)
            await one.open(FORGE)
            await page.fill("#id_name", "")
            await page.fill("#id_tools-0-name", "")
            await one.save()
            await one.look("errors")

    bridge.run(walk())
