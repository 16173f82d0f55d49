"""Assertions about responses, forms and pages, for test cases and, as plain functions, for pytest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit


class Assertions:
    """What `SimpleTestCase` adds to unittest's assertions."""

    maxDiff: int | None
    fail: Any
    assertEqual: Any
    assertTrue: Any
    client: Any

    def assertContains(
        self,
        response: Any,
        text: Any,
        count: int | None = None,
        status_code: int = 200,
        msg_prefix: str = "",
        html: bool = False,
    ) -> None:
        """Assert the status, and that the content has the text: `count` times, or at least once."""
        found, content = self._count(response, text, status_code, msg_prefix, html)
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        if count is not None and found != count:
            self.fail(
                f"{prefix}Found {found} instances of {text!r} (expected {count}) in the following response\n{content}"
            )
        if count is None and not found:
            self.fail(f"{prefix}Couldn't find {text!r} in the following response\n{content}")

    def assertNotContains(
        self, response: Any, text: Any, status_code: int = 200, msg_prefix: str = "", html: bool = False
    ) -> None:
        """Assert the status, and that the content does not have the text."""
        found, content = self._count(response, text, status_code, msg_prefix, html)
        if found:
            prefix = f"{msg_prefix}: " if msg_prefix else ""
            self.fail(f"{prefix}{text!r} unexpectedly found in the following response\n{content}")

    def _count(self, response: Any, text: Any, status_code: int, msg_prefix: str, html: bool) -> tuple[int, str]:
        if getattr(response, "is_rendered", True) is False:
            response.render()
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        self.assertEqual(
            response.status_code,
            status_code,
            f"{prefix}Couldn't retrieve content: Response code was {response.status_code} (expected {status_code})",
        )
        content = text_of(response)
        wanted = text.decode() if isinstance(text, bytes) else str(text)
        if html:
            return normal_html(content).count(normal_html(wanted)), content
        return content.count(wanted), content

    def assertRedirects(
        self,
        response: Any,
        expected_url: str,
        status_code: int = 302,
        target_status_code: int = 200,
        msg_prefix: str = "",
        fetch_redirect_response: bool = True,
    ) -> None:
        """Assert that the response redirects to a URL, and that the page there answers as expected."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        chain = getattr(response, "redirect_chain", None)
        if chain:
            url, first = chain[-1][0], chain[0][1]
            self.assertEqual(
                first,
                status_code,
                f"{prefix}Initial response didn't redirect as expected: Response code was {first} (expected {status_code})",
            )
            self.assertEqual(
                response.status_code,
                target_status_code,
                f"{prefix}Response didn't redirect as expected: Final Response code was {response.status_code} (expected {target_status_code})",
            )
        else:
            self.assertEqual(
                response.status_code,
                status_code,
                f"{prefix}Response didn't redirect as expected: Response code was {response.status_code} (expected {status_code})",
            )
            url = urljoin(response.request["PATH_INFO"], response.headers["location"])
            if fetch_redirect_response and not urlsplit(url).netloc:
                target = response.client.get(url)
                self.assertEqual(
                    target.status_code,
                    target_status_code,
                    f"{prefix}Couldn't retrieve redirection page {url!r}: response code was {target.status_code} (expected {target_status_code})",
                )
        self.assertURLEqual(
            url,
            urljoin(response.request["PATH_INFO"], str(expected_url)),
            f"{prefix}Response redirected to {url!r}, expected {expected_url!r}",
        )

    def assertURLEqual(self, url1: Any, url2: Any, msg_prefix: str = "") -> None:
        """Assert that two URLs are the same, but for the order of their query."""
        self.assertEqual(normal_url(str(url1)), normal_url(str(url2)), msg_prefix or None)

    def assertTemplateUsed(self, response: Any, template_name: str, msg_prefix: str = "") -> None:
        """Assert that a template took part in the response."""
        names = [template.name for template in response.templates]
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        self.assertTrue(
            template_name in names,
            f"{prefix}Template {template_name!r} was not a template used to render the response. Actual template(s) used: {', '.join(map(str, names)) or 'none'}",
        )

    def assertTemplateNotUsed(self, response: Any, template_name: str, msg_prefix: str = "") -> None:
        """Assert that a template took no part in the response."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        self.assertTrue(
            template_name not in [template.name for template in response.templates],
            f"{prefix}Template {template_name!r} was used unexpectedly in rendering the response",
        )

    def assertFormError(self, form: Any, field: str | None, errors: str | Iterable[str], msg_prefix: str = "") -> None:
        """Assert the errors of a form's field; `field=None` means those that belong to no field."""
        expected = [errors] if isinstance(errors, str) else list(errors)
        if field is not None and field not in form.fields:
            self.fail(f"{msg_prefix}The form {form!r} does not contain the field {field!r}.")
        actual = list(form.non_field_errors() if field is None else form.errors.get(field, []))
        self.assertEqual(actual, expected, msg_prefix or None)

    def assertHTMLEqual(self, html1: str, html2: str, msg: str | None = None) -> None:
        """Assert that two pieces of HTML are the same, but for white space and the order of attributes."""
        self.assertEqual(normal_html(html1), normal_html(html2), msg)

    def assertInHTML(self, needle: str, haystack: str, count: int | None = None, msg_prefix: str = "") -> None:
        """Assert that a piece of HTML stands in another: `count` times, or at least once."""
        found = normal_html(haystack).count(normal_html(needle))
        if (found != count) if count is not None else not found:
            self.fail(
                f"{msg_prefix}Found {found} instances of {needle!r} (expected {'at least 1' if count is None else count})\n{haystack}"
            )

    def assertQuerySetEqual(
        self, qs: Any, values: Any, transform: Any = None, ordered: bool = True, msg: str | None = None
    ) -> None:
        """Assert that a queryset gives these values, in this order unless `ordered=False`."""
        actual = [transform(item) if transform else item for item in qs]
        expected = list(values)
        if not ordered:
            actual, expected = sorted(actual, key=repr), sorted(expected, key=repr)
        self.assertEqual(actual, expected, msg)


def text_of(response: Any) -> str:
    """Return the content of a response as text."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(response.charset or "utf-8", errors="replace")


def normal_url(url: str) -> str:
    """Return a URL with its query sorted."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(sorted(parts.query.split("&")))))


TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^<>]*)>")
ATTRIBUTE = re.compile(r"""([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


def normal_html(html: str) -> str:
    """Return HTML with attributes sorted, classes sorted, and white space reduced."""

    def normal_tag(match: re.Match[str]) -> str:
        attributes: list[str] = []
        for name, double, single, bare in ATTRIBUTE.findall(match[3].rstrip("/")):
            value = unescape(double or single or bare)
            if name == "class":
                value = " ".join(sorted(value.split()))
            attributes.append(f"{name.lower()}={value!r}" if value else name.lower())
        return f"<{match[1]}{' '.join([match[2].lower(), *sorted(attributes)])}>"

    text = TAG.sub(normal_tag, html)
    return re.sub(r"\s*(<[^<>]*>)\s*", r"\1", re.sub(r"\s+", " ", text)).strip()
