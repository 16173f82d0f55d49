"""Somebody who uses the admin in a browser of their own."""

from __future__ import annotations

from typing import Any

from tests.browser import violations


class Visitor:
    """Somebody who is signed in as "boss"; errors of the console, and what `look` finds, fail the test.

    Attributes:
        loads: how many whole pages were loaded since `open`.
    """

    def __init__(
        self,
        browser: Any,
        site: str,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
    ) -> None:
        self.browser, self.site, self.width = browser, site, width
        self.loads = 0
        self.problems: list[Any] = []
        self.options = {
            "viewport": {"width": width, "height": height},
            "color_scheme": "dark" if dark else "light",
            "java_script_enabled": scripts,
        }

    async def __aenter__(self) -> Visitor:
        self.context = await self.browser.new_context(**self.options)
        page = self.page = await self.context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("domcontentloaded", self._loaded)
        await self.open("/admin/login/")
        await page.fill("[name=username]", "boss")
        await page.fill("[name=password]", "secret")
        await page.locator("main button[type=submit], main button:not([type])").last.click()
        await page.wait_for_url("**/admin/")
        return self

    def _loaded(self, page: Any) -> None:
        self.loads += 1

    async def __aexit__(self, *error: Any) -> None:
        await self.context.close()
        if error[0] is None:
            assert self.problems == []

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.site}{path}")
        self.loads = 0

    async def look(self, name: str) -> None:
        """Note what axe finds serious in the page as it is, and whether it is wider than the screen."""
        for item in await violations(self.page):
            if item["impact"] in ("serious", "critical"):
                self.problems.append((name, item["id"], item["nodes"][0]["html"][:200]))
        if await self.page.evaluate("document.documentElement.scrollWidth") > self.width:
            self.problems.append((name, "wider than the screen"))
