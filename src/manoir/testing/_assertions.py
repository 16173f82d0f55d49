"""Assertions about responses, forms and pages that test cases have."""

from __future__ import annotations

import json
import unittest
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from xml.etree import ElementTree

from manoir.conf import settings
from manoir.exceptions import ValidationError
from manoir.testing._exchanges import recorded
from manoir.testing._html import Element, InvalidHTML, count_html, parse_html


class ResponseAssertions(unittest.TestCase):
    """What test cases assert about responses of the client."""

    def assertContains(
        self,
        response: Any,
        text: Any,
        count: int | None = None,
        status_code: int = 200,
        msg_prefix: str = "",
        html: bool = False,
    ) -> None:
        """Assert the status, and that the content has the text: `count` times, or at least once.

        Args:
            response: a response of the client, or one that a view returned.
            text: text or bytes.
            count: how often; None: at least once.
            status_code: the expected status.
            msg_prefix: what the message of a failure begins with.
            html: compare as HTML, see `assertHTMLEqual`.
        """
        found, content = self._count(response, text, status_code, msg_prefix, html)
        prefix = prefix_of(msg_prefix)
        if count is not None and found != count:
            self.fail(f"{prefix}{text!r} stands {found} times in this response, not {count} times:\n{content}")
        if count is None and not found:
            self.fail(f"{prefix}{text!r} does not stand in this response:\n{content}")

    def assertNotContains(
        self, response: Any, text: Any, status_code: int = 200, msg_prefix: str = "", html: bool = False
    ) -> None:
        """Assert the status, and that the content does not have the text."""
        found, content = self._count(response, text, status_code, msg_prefix, html)
        if found:
            self.fail(f"{prefix_of(msg_prefix)}{text!r} stands in this response, and should not:\n{content}")

    def _count(self, response: Any, text: Any, status_code: int, msg_prefix: str, html: bool) -> tuple[int, str]:
        if getattr(response, "is_rendered", True) is False:
            response.render()
        self.assertEqual(
            response.status_code,
            status_code,
            f"{prefix_of(msg_prefix)}The answer is {response.status_code} (expected {status_code})",
        )
        content = text_of(response)
        wanted = text.decode() if isinstance(text, bytes) else str(text)
        if html:
            tree = self._parsed(content, "The content of this response cannot be read as HTML:")
            return count_html(self._parsed(wanted, "The text to look for cannot be read as HTML:"), tree), content
        return content.count(wanted), content

    def _parsed(self, html: str, message: str) -> Element:
        try:
            return parse_html(html)
        except InvalidHTML as error:
            self.fail(f"{message}\n{error}")

    def assertRedirects(
        self,
        response: Any,
        expected_url: str,
        status_code: int = 302,
        target_status_code: int = 200,
        msg_prefix: str = "",
        fetch_redirect_response: bool = True,
    ) -> None:
        """Assert that the response redirects to a URL, and that the page there answers as expected.

        Args:
            response: a response of the client, with or without `follow=True`.
            expected_url: where it leads: a path with its query, or a whole URL.
            status_code: the status of the (first) redirect.
            target_status_code: the status of the page it leads to.
            msg_prefix: what the message of a failure begins with.
            fetch_redirect_response: False does not ask for that page.

        Raises:
            ValueError: the page cannot be fetched from here.
        """
        prefix = prefix_of(msg_prefix)
        chain = getattr(response, "redirect_chain", None)
        first = chain[0][1] if chain else response.status_code
        self.assertEqual(
            first,
            status_code,
            f"{prefix}The answer is {first} where a redirect with {status_code} was expected",
        )
        if chain:
            url, target = followed_url(response), response.status_code
        else:
            url = urljoin(response.request["PATH_INFO"], response.headers["location"])
            target = fetch(response, url).status_code if fetch_redirect_response else target_status_code
        self.assertEqual(
            target,
            target_status_code,
            f"{prefix}{url!r}, where the redirect leads, answers {target} instead of {target_status_code}",
        )
        self.assertURLEqual(
            url,
            urljoin(response.request["PATH_INFO"], str(expected_url)),
            f"{prefix}The redirect leads to {url!r} instead of {str(expected_url)!r}",
        )

    def assertURLEqual(self, url1: Any, url2: Any, msg_prefix: str = "") -> None:
        """Assert that two URLs are the same, but for the order of their query; what has one name keeps its order."""
        self.assertEqual(normal_url(str(url1)), normal_url(str(url2)), msg_prefix or None)

    def assertTemplateUsed(
        self, response: Any = None, template_name: str | None = None, msg_prefix: str = "", count: int | None = None
    ) -> Any:
        """Assert that a template took part in a response, or in what a `with` block renders.

        Args:
            response: a response of the client; left out in a `with` statement.
            template_name: name of the template.
            msg_prefix: what the message of a failure begins with.
            count: how often; None: at least once.
        """
        if template_name is None:
            return self._watched(lambda names: self._check_used(names, str(response), msg_prefix, count))
        self._check_used(names_of(response), template_name, msg_prefix, count)
        return None

    def assertTemplateNotUsed(
        self, response: Any = None, template_name: str | None = None, msg_prefix: str = ""
    ) -> Any:
        """Assert that a template took no part in a response, or in what a `with` block renders."""
        if template_name is None:
            return self._watched(lambda names: self._check_unused(names, str(response), msg_prefix))
        self._check_unused(names_of(response), template_name, msg_prefix)
        return None

    @contextmanager
    def _watched(self, check: Callable[[list[str]], None]) -> Generator[None]:
        with recorded() as exchange:
            yield
        check([template.name for template, _ in exchange.rendered])

    def _check_used(self, names: list[str], name: str, msg_prefix: str, count: int | None) -> None:
        prefix = prefix_of(msg_prefix)
        if not names:
            self.fail(f"{prefix}This response was made without a template, not by {name!r}.")
        if name not in names:
            self.fail(f"{prefix}{name!r} took no part in this response, which was made by: {', '.join(names)}")
        if count is not None and names.count(name) != count:
            self.fail(f"{prefix}{name!r} was rendered {names.count(name)} times for this response, not {count} times.")

    def _check_unused(self, names: list[str], name: str, msg_prefix: str) -> None:
        if name in names:
            self.fail(f"{prefix_of(msg_prefix)}{name!r} took part in this response, and should not.")


class TextAssertions(unittest.TestCase):
    """What test cases assert about HTML, JSON and XML."""

    def assertHTMLEqual(self, html1: str, html2: str, msg: str | None = None) -> None:
        """Assert that two pieces of HTML mean the same.

        White space around tags, the order of attributes and classes, quotes, character references, and how an empty
        element is closed make no difference.
        """
        first, second = self._trees(html1, html2)
        if first != second:
            self.assertMultiLineEqual(str(first), str(second), msg)
            self.fail(msg or f"{html1!r} != {html2!r}")

    def assertHTMLNotEqual(self, html1: str, html2: str, msg: str | None = None) -> None:
        """Assert that two pieces of HTML do not mean the same."""
        first, second = self._trees(html1, html2)
        if first == second:
            self.fail(msg or f"{html1!r} == {html2!r}")

    def assertInHTML(self, needle: str, haystack: str, count: int | None = None, msg_prefix: str = "") -> None:
        """Assert that a piece of HTML stands in another: `count` times, or at least once."""
        first, second = self._trees(needle, haystack)
        found = count_html(first, second)
        prefix = prefix_of(msg_prefix)
        if count is not None and found != count:
            self.fail(f"{prefix}{needle!r} stands {found} times in this HTML, not {count} times:\n{haystack}")
        if count is None and not found:
            self.fail(f"{prefix}{needle!r} does not stand in this HTML:\n{haystack}")

    def assertNotInHTML(self, needle: str, haystack: str, msg_prefix: str = "") -> None:
        """Assert that a piece of HTML does not stand in another."""
        self.assertInHTML(needle, haystack, count=0, msg_prefix=msg_prefix)

    def _trees(self, first: str, second: str) -> tuple[Element, Element]:
        trees: list[Element] = []
        for which, html in (("first", first), ("second", second)):
            try:
                trees.append(parse_html(html))
            except InvalidHTML as error:
                self.fail(f"The {which} argument cannot be read as HTML:\n{error}")
        return trees[0], trees[1]

    def assertJSONEqual(self, raw: str | bytes, expected_data: Any, msg: str | None = None) -> None:
        """Assert that a text is JSON for this data; the data may be given as JSON, too."""
        self.assertEqual(*self._data(raw, expected_data), msg)

    def assertJSONNotEqual(self, raw: str | bytes, expected_data: Any, msg: str | None = None) -> None:
        """Assert that a text is JSON for other data than this."""
        self.assertNotEqual(*self._data(raw, expected_data), msg)

    def _data(self, raw: str | bytes, expected: Any) -> tuple[Any, Any]:
        try:
            data = json.loads(raw)
        except ValueError:
            self.fail(f"The first argument cannot be read as JSON: {raw!r}")
        if isinstance(expected, (str, bytes)):
            try:
                expected = json.loads(expected)
            except ValueError:
                self.fail(f"The second argument is text that cannot be read as JSON: {expected!r}")
        return data, expected

    def assertXMLEqual(self, xml1: str, xml2: str, msg: str | None = None) -> None:
        """Assert that two pieces of XML are the same, but for white space and the order of attributes."""
        self.assertEqual(*self._canonical(xml1, xml2), msg)

    def assertXMLNotEqual(self, xml1: str, xml2: str, msg: str | None = None) -> None:
        """Assert that two pieces of XML differ in more than white space and the order of attributes."""
        self.assertNotEqual(*self._canonical(xml1, xml2), msg)

    def _canonical(self, xml1: str, xml2: str) -> tuple[str, str]:
        try:
            return ElementTree.canonicalize(xml1, strip_text=True), ElementTree.canonicalize(xml2, strip_text=True)
        except ElementTree.ParseError as error:
            self.fail(f"One of the two arguments cannot be read as XML: {error}")


class DataAssertions(unittest.TestCase):
    """What test cases assert about forms, querysets, exceptions and warnings."""

    def assertFormError(self, form: Any, field: str | None, errors: str | Iterable[str], msg_prefix: str = "") -> None:
        """Assert the errors of a form's field; `field=None` means those that belong to no field.

        Raises:
            ValueError: the form has no such field.
        """
        prefix = prefix_of(msg_prefix)
        if not form.is_bound:
            self.fail(f"{prefix}{type(form).__name__} was given no data, so it has no errors: make it with data=…")
        if field is not None and field not in form.fields:
            raise ValueError(f"{prefix}{type(form).__name__} has no field {field!r}; it has: {', '.join(form.fields)}.")
        expected = [errors] if isinstance(errors, str) else list(errors)
        actual = list(map(str, form.non_field_errors() if field is None else form.errors.get(field, [])))
        what = "non-field errors" if field is None else f"errors of field {field!r}"
        self.assertEqual(actual, expected, f"{prefix}The {what} of form {form!r} don't match.")

    def assertFieldOutput(
        self,
        fieldclass: Any,
        valid: Mapping[Any, Any],
        invalid: Mapping[Any, Sequence[str]],
        field_args: Sequence[Any] = (),
        field_kwargs: Mapping[str, Any] | None = None,
        empty_value: Any = "",
    ) -> None:
        """Assert what a form field makes of values.

        Args:
            fieldclass: class of the field.
            valid: raw values and what they become.
            invalid: raw values and the messages they are refused with.
            field_args: arguments of the field.
            field_kwargs: keyword arguments of the field.
            empty_value: what an empty value becomes where the field is not required.
        """
        options = dict(field_kwargs or {})
        required = fieldclass(*field_args, **options)
        optional = fieldclass(*field_args, **{**options, "required": False})
        for field in (required, optional):
            for value, cleaned in valid.items():
                self.assertEqual(field.clean(value), cleaned)
            for value, messages in invalid.items():
                with self.assertRaises(ValidationError) as caught:
                    field.clean(value)
                self.assertEqual(caught.exception.messages, list(messages))
        for value in required.empty_values:
            with self.assertRaises(ValidationError) as caught:
                required.clean(value)
            self.assertEqual(caught.exception.messages, [str(required.error_messages["required"])])
            cleaned = optional.clean(value)
            self.assertEqual(cleaned, None if cleaned is None else empty_value)

    def assertQuerySetEqual(
        self, qs: Any, values: Iterable[Any], transform: Any = None, ordered: bool = True, msg: str | None = None
    ) -> None:
        """Assert that a queryset gives these values, in this order unless `ordered=False`.

        Raises:
            ValueError: the order of a queryset that has none is compared with more than one value.
        """
        actual = [transform(item) if transform else item for item in qs]
        expected = list(values)
        if not ordered:
            self.assertEqual(Counter(actual), Counter(expected), msg)
            return
        if len(expected) > 1 and getattr(qs, "ordered", True) is False:
            raise ValueError(
                "The rows come in no certain order, so they cannot be compared one by one: give the queryset an order_by(), or"
                " pass ordered=False."
            )
        self.assertEqual(actual, expected, msg)

    def assertRaisesMessage(
        self,
        expected_exception: type[BaseException],
        expected_message: str,
        func: Callable[..., Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Assert that a block or a call raises an exception whose message contains a text."""
        context = self._raising(expected_exception, expected_message)
        return called(context, func, args, kwargs)

    @contextmanager
    def _raising(self, kind: type[BaseException], message: str) -> Generator[Any]:
        with self.assertRaises(kind) as caught:
            yield caught
        self.assertIn(message, str(caught.exception))

    def assertWarnsMessage(
        self,
        expected_warning: type[Warning],
        expected_message: str,
        func: Callable[..., Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Assert that a block or a call warns with a message that contains a text."""
        context = self._warning(expected_warning, expected_message)
        return called(context, func, args, kwargs)

    @contextmanager
    def _warning(self, kind: type[Warning], message: str) -> Generator[Any]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
        found = [str(one.message) for one in caught if issubclass(one.category, kind)]
        if not any(message in text for text in found):
            self.fail(f"No {kind.__name__} says {message!r}. Warnings: {found or 'none'}")


class Assertions(ResponseAssertions, TextAssertions, DataAssertions):
    """What `SimpleTestCase` adds to unittest's assertions."""


def called(
    context: AbstractContextManager[Any], func: Callable[..., Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Return the context for a `with` statement, or call `func` inside it."""
    if func is None:
        return context
    with context:
        func(*args, **kwargs)
    return None


def prefix_of(msg_prefix: str) -> str:
    """Return what the message of a failure begins with."""
    return f"{msg_prefix}: " if msg_prefix else ""


def text_of(response: Any) -> str:
    """Return the content of a response as text."""
    return response.getvalue().decode(response.charset or "utf-8", errors="replace")


def names_of(response: Any) -> list[str]:
    """Return the names of the templates of a response.

    Raises:
        ValueError: it is no response of the client.
    """
    if not hasattr(response, "templates"):
        raise ValueError(
            f"Only responses of the test client know their templates, not {response!r:.80}: use it, or a `with` block."
        )
    return [template.name for template in response.templates]


def followed_url(response: Any) -> str:
    """Return the URL of the page at which following redirects ended."""
    path, query = response.request["PATH_INFO"], response.request["QUERY_STRING"]
    parts = urlsplit(response.redirect_chain[-1][0])
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def fetch(response: Any, url: str) -> Any:
    """Ask for the page a redirect leads to.

    Raises:
        ValueError: it is on another host, or the client is an asynchronous one.
    """
    parts = urlsplit(url)
    if parts.hostname and not is_served(parts.hostname):
        raise ValueError(
            f"The test client cannot fetch {url!r}, which is on another host. If this project serves it, add"
            f" {parts.hostname!r} to ALLOWED_HOSTS; otherwise use assertRedirects(…, fetch_redirect_response=False)."
        )
    extra: dict[str, Any] = {"secure": (parts.scheme or response.request["wsgi.url_scheme"]) == "https"}
    if parts.netloc:
        extra["HTTP_HOST"] = parts.netloc
    answer = response.client.get(urlunsplit(("", "", parts.path or "/", parts.query, "")), **extra)
    if hasattr(answer, "close") and not hasattr(answer, "status_code"):  # a coroutine, which nothing here can await
        answer.close()
        raise ValueError(
            "assertRedirects() cannot await AsyncClient: send the request with follow=True, or use"
            " assertRedirects(…, fetch_redirect_response=False)."
        )
    return answer


def is_served(host: str) -> bool:
    """Say whether ALLOWED_HOSTS has a host."""
    allowed: Sequence[str] = settings.ALLOWED_HOSTS
    return any(host == name or name == "*" or (name.startswith(".") and f".{host}".endswith(name)) for name in allowed)


def normal_url(url: str) -> str:
    """Return a URL with its query sorted by name."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return urlunsplit(parts._replace(query=urlencode(sorted(pairs, key=lambda pair: pair[0]))))
