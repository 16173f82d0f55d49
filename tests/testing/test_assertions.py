"""Assertions of test cases: what they accept, and what they say when they fail."""

import warnings

import pytest

from manoir import forms
from manoir.http import HttpResponse, StreamingHttpResponse
from manoir.templates import render_to_string
from manoir.testing import AsyncClient, Client, SimpleTestCase


@pytest.fixture
def case():
    return SimpleTestCase()


@pytest.fixture
def client(project):
    return Client()


def test_contains_counts_and_checks_the_status(case):
    response = HttpResponse("<p>one</p><p>two</p>")
    case.assertContains(response, "<p>")
    case.assertContains(response, b"<p>", count=2)
    case.assertContains(HttpResponse("gone", status=410), "gone", status_code=410)
    with pytest.raises(AssertionError, match="'<p>' stands 2 times in this response, not 1 times"):
        case.assertContains(response, "<p>", count=1)
    with pytest.raises(AssertionError, match="'three' does not stand in this response:\n<p>one"):
        case.assertContains(response, "three")
    with pytest.raises(AssertionError, match=r"The answer is 200 \(expected 404\)"):
        case.assertContains(response, "one", status_code=404)
    with pytest.raises(AssertionError, match="home: "):
        case.assertContains(response, "three", msg_prefix="home")


def test_not_contains(case):
    case.assertNotContains(HttpResponse("one"), "two")
    with pytest.raises(AssertionError, match="'one' stands in this response, and should not"):
        case.assertNotContains(HttpResponse("one"), "one")


def test_contains_as_html(case):
    response = HttpResponse('<div  id="a"\n class="x y"> Text <br/></div>')
    case.assertContains(response, '<div class="y x" id="a">Text<br></div>', html=True)
    case.assertNotContains(response, '<div class="y x" id="b">Text<br></div>', html=True)
    case.assertContains(response, "<br>", count=1, html=True)


def test_contains_reads_streams(case):
    case.assertContains(StreamingHttpResponse(["on", "e"]), "one")


def test_html_is_equal_but_for_space_order_and_quotes(case):
    case.assertHTMLEqual("<a href='x' class='b a'> t </a>", '<a class="a b"  href="x">t</a>')
    case.assertHTMLEqual("<input checked>", '<input checked="checked">')
    case.assertHTMLEqual("<p>a &amp; b</p>", "<p>a &#38; b</p>")
    case.assertHTMLNotEqual("<p>a</p>", "<p>b</p>")
    with pytest.raises(AssertionError):
        case.assertHTMLEqual("<p>a b</p>", "<p>ab</p>")
    with pytest.raises(AssertionError, match="cannot be read as HTML"):
        case.assertHTMLEqual("<p>a</b></p>", "<p>a</p>")


def test_html_stands_in_html(case):
    page = "<html><body><p>a</p><p class='c'>b</p></body></html>"
    case.assertInHTML('<p class="c">b</p>', page)
    case.assertInHTML("<p>a</p>", page, count=1)
    case.assertNotInHTML("<p>c</p>", page)
    with pytest.raises(AssertionError, match="'<p>c</p>' does not stand in this HTML"):
        case.assertInHTML("<p>c</p>", page)
    with pytest.raises(AssertionError, match="'<p>a</p>' stands 1 times in this HTML, not 2 times"):
        case.assertInHTML("<p>a</p>", page, count=2)


def test_json(case):
    case.assertJSONEqual('{"a": [1, 2]}', {"a": [1, 2]})
    case.assertJSONEqual('{"a": 1}', '{ "a" : 1 }')
    case.assertJSONNotEqual('{"a": 1}', {"a": 2})
    with pytest.raises(AssertionError, match="The first argument cannot be read as JSON: 'nope'"):
        case.assertJSONEqual("nope", {})


def test_xml(case):
    case.assertXMLEqual('<a x="1" y="2"><b/></a>', "<a y='2' x='1'>\n <b></b></a>")
    case.assertXMLNotEqual("<a/>", "<b/>")


def test_redirects(case, client):
    case.assertRedirects(client.get("/found/"), "/echo/?page=2")
    case.assertRedirects(client.get("/moved/", follow=True), "/echo/?page=2", status_code=301)
    case.assertRedirects(client.get("/moved/"), "/found/?again=1", 301, target_status_code=302)
    case.assertRedirects(client.get("/secure/"), "https://other.example/echo/", fetch_redirect_response=False)
    with pytest.raises(AssertionError, match=r"The answer is 200 where a redirect with 302 was expected"):
        case.assertRedirects(client.get("/echo/"), "/x/")
    with pytest.raises(AssertionError, match=r"leads to ./echo/\?page=2. instead of ./else/."):
        case.assertRedirects(client.get("/found/"), "/else/")
    with pytest.raises(ValueError, match=r"cannot fetch .*other\.example.*fetch_redirect_response=False"):
        case.assertRedirects(client.get("/secure/"), "https://other.example/echo/")


def test_urls_are_equal_but_for_the_order_of_their_query(case):
    case.assertURLEqual("/x/?a=1&b=2", "/x/?b=2&a=1")
    with pytest.raises(AssertionError):
        case.assertURLEqual("/x/?a=1&a=2", "/x/?a=2&a=1")


def test_templates(case, client):
    response = client.get("/page/")
    case.assertTemplateUsed(response, "testing/page.html")
    case.assertTemplateUsed(response, "testing/item.html", count=2)
    case.assertTemplateNotUsed(response, "testing/none.html")
    with pytest.raises(
        AssertionError,
        match=r"'x\.html' took no part in this response, which was made by: testing/page\.html, testing/base\.html",
    ):
        case.assertTemplateUsed(response, "x.html")
    with pytest.raises(AssertionError, match=r"made without a template, not by 'x\.html'"):
        case.assertTemplateUsed(client.get("/echo/"), "x.html")
    with pytest.raises(AssertionError, match="took part in this response, and should not"):
        case.assertTemplateNotUsed(response, "testing/page.html")


def test_templates_of_a_block(case, project):
    with case.assertTemplateUsed("testing/page.html"), case.assertTemplateNotUsed("testing/none.html"):
        render_to_string("testing/page.html", {"items": [1]})
    with pytest.raises(AssertionError), case.assertTemplateUsed("testing/page.html"):
        render_to_string("testing/item.html", {})


def test_forms(case):
    class Form(forms.Form):
        name = forms.CharField()

        def clean(self):
            raise forms.ValidationError("never")

    form = Form({})
    case.assertFormError(form, "name", "This field is required.")
    case.assertFormError(form, None, ["never"])
    case.assertFormError(Form({"name": "x"}), "name", [])
    with pytest.raises(AssertionError):
        case.assertFormError(form, "name", "wrong")
    with pytest.raises(ValueError, match="has no field 'nmae'; it has: "):
        case.assertFormError(form, "nmae", "x")
    with pytest.raises(AssertionError, match="was given no data"):
        case.assertFormError(Form(), "name", "x")


def test_field_output(case):
    case.assertFieldOutput(forms.IntegerField, {"1": 1, " 2 ": 2}, {"x": ["Enter a whole number."]})
    with pytest.raises(AssertionError):
        case.assertFieldOutput(forms.IntegerField, {"1": 2}, {})


def test_querysets(case):
    case.assertQuerySetEqual([1, 2], [1, 2])
    case.assertQuerySetEqual([2, 1], [1, 2], ordered=False)
    case.assertQuerySetEqual([1, 2], ["1", "2"], transform=str)
    with pytest.raises(AssertionError):
        case.assertQuerySetEqual([2, 1], [1, 2])
    with pytest.raises(AssertionError):
        case.assertQuerySetEqual([1, 1, 2], [1, 2, 2], ordered=False)


def test_messages_of_exceptions_and_warnings(case):
    def fail():
        raise ValueError("a (very) special message")

    case.assertRaisesMessage(ValueError, "(very) special", fail)
    with case.assertRaisesMessage(ValueError, "(very) special"):
        fail()
    with pytest.raises(AssertionError, match=r"'else' not found in 'a \(very\) special message'"):
        case.assertRaisesMessage(ValueError, "else", fail)
    with case.assertWarnsMessage(UserWarning, "careful"):
        warnings.warn("be careful", UserWarning, stacklevel=1)
    with pytest.raises(AssertionError, match=r"No UserWarning says 'else'\. Warnings: \['be careful'\]"):
        case.assertWarnsMessage(UserWarning, "else", lambda: warnings.warn("be careful", UserWarning, stacklevel=1))


async def test_redirect_of_the_async_client_names_the_cure(case, project):
    response = await AsyncClient().get("/found/")
    with pytest.raises(ValueError, match="cannot await AsyncClient"):
        case.assertRedirects(response, "/echo/?page=2")
    case.assertRedirects(response, "/echo/?page=2", fetch_redirect_response=False)
    case.assertRedirects(await AsyncClient().get("/found/", follow=True), "/echo/?page=2")
