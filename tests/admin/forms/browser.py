"""What a browser sends for a form of a page: the round trip of tests that do not know the fields by heart."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class FormReader(HTMLParser):
    """Reads the values of the form with a class; `scripting` says whether `<noscript>` counts."""

    def __init__(self, scripting: bool) -> None:
        super().__init__()
        self.scripting = scripting
        self.values: dict[str, list[str]] = {}
        self.inside = False
        self.skipped = 0
        self.select: dict[str, Any] | None = None
        self.textarea: str | None = None
        self.text = ""

    def handle_starttag(self, tag, attrs):
        given = {name: "" if value is None else value for name, value in attrs}
        if tag == "form":
            self.inside = "edit" in given.get("class", "").split()
        if tag == "template" or (tag == "noscript" and self.scripting):
            self.skipped += 1
        if not self.inside or self.skipped or "disabled" in given:
            return
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in ("submit", "button", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.add(name, given.get("value", "on" if given.get("type") in ("checkbox", "radio") else ""))
        elif tag == "select" and name:
            self.select = {"name": name, "multiple": "multiple" in given, "options": []}
        elif tag == "option" and self.select is not None:
            self.select["options"].append((given.get("value", ""), "selected" in given))
        elif tag == "textarea" and name:
            self.textarea, self.text = name, ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "template" or (tag == "noscript" and self.scripting):
            self.skipped -= 1
        elif tag == "select" and self.select is not None:
            chosen = [value for value, selected in self.select["options"] if selected]
            if not chosen and self.select["options"] and not self.select["multiple"]:
                chosen = [self.select["options"][0][0]]
            for value in chosen:
                self.add(self.select["name"], value)
            self.select = None
        elif tag == "textarea" and self.textarea is not None:
            self.add(self.textarea, self.text.removeprefix("\n"))
            self.textarea = None

    def handle_data(self, data):
        if self.textarea is not None:
            self.text += data

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)


def form_data(page: Any, *, scripting: bool = False, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends for the form of a page, with some values changed; None leaves a name out."""
    reader = FormReader(scripting)
    reader.feed(page.text)
    data: dict[str, Any] = {**reader.values, **changes}
    return {name: value for name, value in data.items() if value is not None}
