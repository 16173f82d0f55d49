from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir import i18n
from manoir.conf import settings
from manoir.i18n import _catalogues, _formats
from manoir.i18n._languages import MAX_ACCEPT_LANGUAGES, supported_languages

LANGUAGES = [("en", "English"), ("de", "German"), ("de-ch", "Swiss"), ("pt-br", "Brazilian"), ("zh-hans", "Chinese")]


@pytest.fixture(autouse=True)
def languages():
    with settings.override(LANGUAGES=LANGUAGES, LANGUAGE_CODE="en-us", USE_I18N=True):
        yield
    i18n.deactivate()


def test_without_a_choice_it_is_the_settings_language():
    assert i18n.get_language() == "en-us"


def test_activate_and_override_nest():
    i18n.activate("de")
    with i18n.override("pt-br"):
        assert i18n.get_language() == "pt-br"
        with i18n.override(None):
            assert i18n.get_language() is None
        assert i18n.get_language() == "pt-br"
    assert i18n.get_language() == "de"
    i18n.deactivate()
    assert i18n.get_language() == "en-us"


def test_override_as_decorator_and_with_deactivate():
    @i18n.override("de")
    def language() -> str | None:
        return i18n.get_language()

    assert language() == "de"
    i18n.activate("de")
    with i18n.override("en", deactivate=True):
        pass
    assert i18n.get_language() == "en-us"


def test_an_unknown_language_is_refused_with_a_near_one():
    with pytest.raises(LookupError, match=r"'dee' is no language of LANGUAGES\. Did you mean 'de'"):
        i18n.activate("dee")
    with pytest.raises(LookupError), i18n.override("xx"):
        pass
    assert i18n.get_language() == "en-us"


@pytest.mark.parametrize(
    ("code", "found"),
    [("de", "de"), ("DE-at", "de"), ("de-ch-1996", "de-ch"), ("zh-cn", "zh-hans"), ("pt", "pt-br"), ("en-us", "en-us")],
)
def test_variants_find_the_supported_language(code: str, found: str):
    assert i18n.get_supported_language_variant(code) == found


def test_strict_variants_have_no_siblings():
    with pytest.raises(LookupError):
        i18n.get_supported_language_variant("pt", strict=True)
    assert i18n.check_for_language("de-at") is True
    assert i18n.check_for_language("pt") is False


@pytest.mark.parametrize("code", ["", "x" * 100_000, "de\n", "../de", "de;q", "d e", "-de"])
def test_malformed_codes_are_refused(code: str):
    with pytest.raises(LookupError):
        i18n.get_supported_language_variant(code)


def test_locale_names():
    assert [i18n.to_locale(code) for code in ("de", "en-us", "zh-hans", "de-simple-page", "sr-latn-rs")] == [
        "de", "en_US", "zh_Hans", "de_Simple-page", "sr_Latn-rs",
    ]  # fmt: skip
    assert i18n.to_language("pt_BR") == "pt-br"


def test_language_info():
    assert i18n.get_language_info("de") == {
        "bidi": False, "code": "de", "name": "German", "name_local": "Deutsch", "name_translated": "German",
    }  # fmt: skip
    assert i18n.get_language_info("ar")["bidi"] is True
    assert i18n.get_language_info("de-xx")["code"] == "de"
    with pytest.raises(KeyError, match="Unknown language code 'qq'"):
        i18n.get_language_info("qq")


def test_a_language_only_the_project_knows_has_its_name():
    with settings.override(LANGUAGES=[("tlh", "Klingon"), *LANGUAGES]):
        assert i18n.get_language_info("tlh")["name"] == "Klingon"


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        ("de, en;q=0.5", (("de", 1.0), ("en", 0.5))),
        ("en;q=0.5,de", (("de", 1.0), ("en", 0.5))),
        ("*", (("*", 1.0),)),
        ("de;q=0", ()),
        ("de;q=1.5", ()),
        ("de;x", ()),
        ("", ()),
        ("d?e", ()),
    ],
)
def test_accept_language(header: str, pairs: Any):
    assert i18n.parse_accept_lang_header(header) == pairs


def test_accept_language_is_capped():
    assert len(i18n.parse_accept_lang_header(",".join(["de"] * 100_000))) <= MAX_ACCEPT_LANGUAGES


def request(path: str = "/", cookie: str = "", header: str = "") -> Any:
    cookies = {settings.LANGUAGE_COOKIE_NAME: cookie} if cookie else {}
    return SimpleNamespace(path_info=path, COOKIES=cookies, headers={"Accept-Language": header} if header else {})


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        ({}, "en-us"),
        ({"header": "fr, de-at;q=0.9"}, "de"),
        ({"header": "fr, *, de"}, "en-us"),
        ({"cookie": "pt-br", "header": "de"}, "pt-br"),
        ({"cookie": "xx", "header": "de"}, "de"),
        ({"path": "/de/books/", "cookie": "pt-br"}, "de"),
        ({"path": "/xx/books/", "cookie": "pt-br"}, "pt-br"),
    ],
)
def test_language_of_a_request(arguments: Any, language: str):
    assert i18n.get_language_from_request(request(**arguments), check_path=True) == language


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=60, derandomize=True, deadline=None)
def test_what_a_request_sends_never_becomes_a_cache_key(text: str):
    before = (len(supported_languages()), len(_catalogues.catalogues), len(_formats.cached))
    i18n.get_language_from_request(request(f"/{text}/", text, text), check_path=True)
    assert (len(supported_languages()), len(_catalogues.catalogues), len(_formats.cached)) == before


def test_without_translation_the_language_is_the_settings_one():
    i18n.activate("de")
    with settings.override(USE_I18N=False):
        assert i18n.get_language() == "en-us"


def test_bidi():
    with settings.override(LANGUAGES=[("ar", "Arabic"), ("en", "English")]), i18n.override("ar"):
        assert i18n.get_language_bidi() is True
    assert i18n.get_language_bidi() is False
