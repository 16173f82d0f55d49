from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from manoir.conf import Env, Secret
from manoir.exceptions import ImproperlyConfigured


def test_casts() -> None:
    env = Env(
        {
            "S": "text", "T": "Yes", "F": "off", "E": "", "I": "42", "N": "1.5", "L": "a, b,c", "LI": "1,2",
            "D": "a=1, b=2", "J": '{"x": [1]}', "P": "/tmp/x", "C": "red",
        }
    )  # fmt: skip
    assert env("S") == env.str("S") == "text"
    assert (env.bool("T"), env.bool("F"), env.bool("E")) == (True, False, False)
    assert (42, 1.5, Decimal("1.5")) == (env.int("I"), env.float("N"), env.decimal("N"))
    assert (env.list("L"), env.list("LI", cast=int), env.list("E")) == (["a", "b", "c"], [1, 2], [])
    assert env.dict("D") == {"a": "1", "b": "2"}
    assert env.json("J") == {"x": [1]}
    assert Path("/tmp/x") == env.path("P")
    assert env.choice("C", ["red", "blue"]) == "red"


def test_defaults_are_returned_as_they_are() -> None:
    env = Env({})
    assert (env("A", None), env.int("A", 3), env.list("A", ["x"]), env.bool("A", False)) == (None, 3, ["x"], False)


@pytest.mark.parametrize(
    ("cast", "value", "expected"),
    [
        ("bool", "perhaps", "one of true, false"),
        ("int", "3.5", "a whole number"),
        ("int", "9" * 5000, "a whole number"),
        ("float", "much", "a number"),
        ("decimal", "much", "a decimal number"),
        ("dict", "a", "pairs key=value"),
        ("json", "{", "a JSON text"),
    ],
)
def test_a_wrong_value_is_named_but_never_shown(cast: str, value: str, expected: str) -> None:
    env = Env({"NAME": value})
    with pytest.raises(ImproperlyConfigured, match=f"NAME in the environment must be {expected}") as caught:
        getattr(env, cast)("NAME")
    assert value not in str(caught.value) or len(value) < 3
    assert caught.value.__cause__ is None


def test_a_choice_names_the_choices() -> None:
    with pytest.raises(ImproperlyConfigured, match="one of red, blue"):
        Env({"C": "green"}).choice("C", ["red", "blue"])


def test_a_missing_variable_names_close_ones() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set.*Did you mean 'SECRETKEY'"):
        Env({"SECRETKEY": "x"})("SECRET_KEY")


def test_the_environment_wins_over_the_file_and_stays_unchanged(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    environ = {"A": "environment"}
    env = Env(environ)
    assert env.read(tmp_path / ".env") == {"A": "file", "B": "file"}
    assert (env("A"), env("B")) == ("environment", "file")
    assert environ == {"A": "environment"}
    assert "B" in env
    assert "B" not in os.environ


def test_a_value_of_the_file_is_named_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=x\n")
    env = Env({})
    env.read(tmp_path / ".env")
    with pytest.raises(ImproperlyConfigured, match=r"PORT in \.env must be"):
        env.int("PORT")


def test_a_missing_file_is_empty_unless_required(tmp_path: Path) -> None:
    assert Env({}).read(tmp_path / ".env") == {}
    with pytest.raises(ImproperlyConfigured, match="There is no"):
        Env({}).read(tmp_path / ".env", required=True)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImproperlyConfigured, match="UTF-8"):
        Env({}).read(tmp_path / ".env")


def test_secrets_hide_themselves() -> None:
    secret = Env({"KEY": "marker-123"}).secret("KEY")
    assert isinstance(secret, Secret)
    assert secret == "marker-123"
    shown: list[Any] = [repr(secret), repr([secret]), repr({"key": secret}), f"{secret!r}"]
    assert not any("marker" in text for text in shown)


def test_database_reads_a_url() -> None:
    assert Env({"DATABASE_URL": "postgresql://u@h/n"}).database()["HOST"] == "h"
    assert Env({}).database(default="sqlite:///x.db")["NAME"] == "x.db"
    with pytest.raises(ImproperlyConfigured, match="REPLICA_URL is not a database URL"):
        Env({"REPLICA_URL": "nothing"}).database("REPLICA_URL")
