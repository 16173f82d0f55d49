from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from manoir.conf import parse_database_url
from manoir.exceptions import ImproperlyConfigured

EMPTY = {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}
SQLITE = {**EMPTY, "ENGINE": "manoir.db.sqlite"}
POSTGRESQL = {**EMPTY, "ENGINE": "manoir.db.postgresql"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///site.sqlite3", {**SQLITE, "NAME": "site.sqlite3"}),
        ("sqlite:////var/site.sqlite3", {**SQLITE, "NAME": "/var/site.sqlite3"}),
        ("sqlite://:memory:", {**SQLITE, "NAME": ":memory:"}),
        ("sqlite:///:memory:", {**SQLITE, "NAME": ":memory:"}),
        ("sqlite://", {**SQLITE, "NAME": ":memory:"}),
        ("sqlite:///a%20b.db?timeout=20", {**SQLITE, "NAME": "a b.db", "OPTIONS": {"timeout": 20}}),
        (
            "postgresql://ada:s%40crt@db.example:5433/shop",
            {**POSTGRESQL, "USER": "ada", "PASSWORD": "s@crt", "HOST": "db.example", "PORT": "5433", "NAME": "shop"},
        ),
        ("postgres://localhost/shop", {**POSTGRESQL, "HOST": "localhost", "NAME": "shop"}),
        ("POSTGRESQL:///shop", {**POSTGRESQL, "NAME": "shop"}),
        ("postgresql:///shop?host=/run/postgresql", {**POSTGRESQL, "NAME": "shop", "HOST": "/run/postgresql"}),
        ("postgresql://%2Frun%2Fpg/shop", {**POSTGRESQL, "NAME": "shop", "HOST": "/run/pg"}),
        ("postgresql://u:p@q@h/shop", {**POSTGRESQL, "USER": "u", "PASSWORD": "p@q", "HOST": "h", "NAME": "shop"}),
        ("postgresql://[::1]:5432/shop", {**POSTGRESQL, "HOST": "::1", "PORT": "5432", "NAME": "shop"}),
        (
            "postgresql://h/shop?sslmode=require&conn_max_age=60&ATOMIC_REQUESTS=true",
            {
                **POSTGRESQL, "HOST": "h", "NAME": "shop", "OPTIONS": {"sslmode": "require"},
                "CONN_MAX_AGE": 60, "ATOMIC_REQUESTS": True,
            },
        ),
    ],
)  # fmt: skip
def test_urls(url: str, expected: dict[str, Any]) -> None:
    assert expected == parse_database_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "it has no scheme"),
        ("marker", "it has no scheme"),
        ("postgress://u:marker@h/n", r"scheme 'postgress' is unknown.*did you mean 'postgres"),
        ("mysql://u:marker@h/n", "scheme 'mysql' is unknown. Use postgresql or sqlite"),
        ("sqlite://site.db", "a third slash"),
        ("postgresql://u:mar#ker@h/n", "write '#' in a user name, password or name as %23"),
        ("postgresql://u:mar/ker@h/n", "there is an '@' after the host"),
        ("postgresql://u:mar?ker@h/n", "there is an '@' after the host"),
        ("postgresql://u:marker@h:99999/n", "its port is no number from 1 to 65535"),
        ("postgresql://u:marker@h:0/n", "its port is no number"),
        ("postgresql://u:marker@h:port/n", "its port is no number"),
        ("postgresql://u:marker", "its port is no number"),
        ("postgresql://u:marker@[::1/n", "brackets around its IPv6 host"),
        ("postgresql://u:marker@h", "it names no database"),
        ("postgresql://u:marker%FF@h/n", "percent-encoding of its password is not UTF-8"),
        ("postgresql://u:marker@h/a%00b", "its database name holds a NUL"),
        ("postgresql://u:marker@h/n?x", "the part after '\\?' must be options"),
        ("postgresql://u:marker@h/" + "n" * 5000, "longer than 4,096"),
    ],
)
def test_errors_name_the_part_and_never_the_password(url: str, expected: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=expected) as caught:
        parse_database_url(url)
    assert "mar" not in str(caught.value)
    assert str(caught.value).startswith("DATABASE_URL is not a database URL")


@profile(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_quoted_parts_survive(text: str) -> None:
    part = quote(text, safe="")
    found = parse_database_url(f"postgresql://{part}:{part}@h/{part}")
    assert (text, text, text) == (found["USER"], found["PASSWORD"], found["NAME"])


@profile(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=40).map(lambda text: "postgresql://" + text))
def test_any_text_parses_or_raises_the_documented_error(url: str) -> None:
    with contextlib.suppress(ImproperlyConfigured):
        parse_database_url(url)
