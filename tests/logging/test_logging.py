from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from manoir.conf import Secret, settings
from manoir.logging import (
    CallbackFilter,
    ConsoleHandler,
    JSONFormatter,
    LineFormatter,
    RedactSecrets,
    RequestFormatter,
    RequireDebugFalse,
    RequireDebugTrue,
    SafeFormatter,
    configure_logging,
    escape_control,
    log_request,
    wants_colour,
)

MARKER = "marker-of-a-secret-key-0123456789"


def make_record(message: str = "text", *args: Any, **values: Any) -> logging.LogRecord:
    record = logging.LogRecord(
        "manoir.test", logging.WARNING, "file.py", 1, message, args, values.pop("exc_info", None)
    )
    record.__dict__.update(values)
    return record


def raised(message: str) -> Any:
    try:
        raise ValueError(message)
    except ValueError:
        return sys.exc_info()


@pytest.fixture
def restored_loggers() -> Iterator[None]:
    """Put manoir's loggers back as they were."""
    loggers = [logging.getLogger(name) for name in ("manoir", "manoir.server", "shop")]
    before = [(each.handlers[:], each.level, each.propagate, each.disabled) for each in loggers]
    yield
    for each, (handlers, level, propagate, disabled) in zip(loggers, before, strict=True):
        each.handlers[:], each.propagate, each.disabled = handlers, propagate, disabled
        each.setLevel(level)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é ü 漢 \t", "plain é ü 漢 \t"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202eevil\u2066\u200f", "\\u202eevil\\u2066\\u200f"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_and_bidirectional_characters_are_escaped(text: str, expected: str) -> None:
    assert expected == escape_control(text)


@pytest.mark.parametrize("evil", ["a\nFAKE line", "a\r\nFAKE line", "a\u2028FAKE line"])
def test_a_line_cannot_be_forged_through_message_argument_or_extra(evil: str) -> None:
    formatter = SafeFormatter("%(levelname)s %(message)s %(who)s")
    for record in (
        make_record("%s", evil, who="me"),
        make_record(evil.replace("%", "%%"), who="me"),
        make_record("x", who=evil),
        make_record("x", who=[evil]),
        make_record("x", who=ValueError(evil)),
    ):
        assert len(formatter.format(record).splitlines()) == 1


def test_other_styles_of_format_strings_are_safe_too() -> None:
    record = make_record("x", who="a\nb")
    assert SafeFormatter("{message} {who}", style="{").format(record) == "x a\\nb"
    assert SafeFormatter("$message $who", style="$").format(record) == "x a\\nb"


def test_tracebacks_are_indented_so_that_no_line_looks_like_a_record() -> None:
    text = SafeFormatter("%(message)s").format(
        make_record("failed", exc_info=raised("12:00:00 ERROR forged\n12:00:00 FORGED\x1b[2J"))
    )
    lines = text.splitlines()
    assert lines[0] == "failed"
    assert all(line.startswith("  ") for line in lines[1:])
    assert "\x1b" not in text
    assert any("12:00:00 FORGED\\x1b[2J" in line for line in lines)


def test_a_traceback_kept_by_another_formatter_is_made_anew() -> None:
    record = make_record("failed", exc_info=raised("x"), exc_text="raw\ntext")
    assert "raw" not in SafeFormatter("%(message)s").format(record)


def test_line_formatter_names_level_and_logger() -> None:
    formatter = LineFormatter()
    line = formatter.format(make_record("hello %s", "you"))
    assert line[8:] == " WARNING manoir.test: hello you"
    formatter.colour = True
    assert "\x1b[33mWARNING\x1b[0m" in formatter.format(make_record("hello"))


def test_secrets_stay_out_of_every_formatter() -> None:
    database = {"default": {"ENGINE": "manoir.db.postgresql", "NAME": "x", "PASSWORD": "database-" + MARKER}}
    with settings.override(SECRET_KEY=MARKER, EMAIL_HOST_PASSWORD="mail-" + MARKER, DATABASES=database):
        for formatter in (SafeFormatter("%(message)s %(key)s"), JSONFormatter(), LineFormatter()):
            for record in (
                make_record("key is %s", settings.SECRET_KEY, key=""),
                make_record(f"inline {MARKER}", key=""),
                make_record("%(a)s", {"a": "database-" + MARKER}, key=""),
                make_record("x", key=MARKER),
                make_record("x", key="", exc_info=raised(f"cannot connect with mail-{MARKER}")),
            ):
                text = formatter.format(record)
                assert MARKER not in text


def test_secret_values_are_redacted_wherever_they_stand() -> None:
    secret = Secret("token-" + MARKER)
    for formatter in (SafeFormatter("%(message)s %(key)s"), JSONFormatter()):
        for record in (
            make_record("%s", secret, key=""),
            make_record("%r", [secret], key=""),
            make_record("%(a)s", {"a": secret}, key=""),
            make_record("x", key=secret),
            make_record("x", key={"inner": [secret]}),
        ):
            assert MARKER not in formatter.format(record)


def test_the_filter_redacts_for_other_formatters() -> None:
    secret = Secret(MARKER)
    record = make_record("%s %s", secret, ["a", secret], key=secret)
    assert RedactSecrets().filter(record)
    assert MARKER not in logging.Formatter("%(message)s %(key)s").format(record)


def test_json_lines_hold_extra_values_and_are_ascii() -> None:
    record = make_record("paid\n%s", "é\u202e", order=7, when=Secret)
    text = JSONFormatter().format(record)
    values = json.loads(text)
    assert (
        values["message"],
        values["order"],
        values["level"],
        values["logger"],
    ) == ("paid\né\u202e", 7, "WARNING", "manoir.test")
    assert text.isascii()
    assert len(text.splitlines()) == 1
    assert "ValueError: x" in json.loads(JSONFormatter().format(make_record("x", exc_info=raised("x"))))["exception"]


def test_filters_follow_debug() -> None:
    record = make_record()
    with settings.override(DEBUG=True):
        assert (RequireDebugTrue().filter(record), RequireDebugFalse().filter(record)) == (True, False)
    with settings.override(DEBUG=False):
        assert (RequireDebugTrue().filter(record), RequireDebugFalse().filter(record)) == (False, True)
    assert CallbackFilter(lambda record: record.levelno > 20).filter(record)
    assert not CallbackFilter(lambda record: 0).filter(record)


def request_record(**values: Any) -> logging.LogRecord:
    return make_record(
        "x", **{"method": "GET", "path": "/a", "status": 200, "duration_ms": 4.21, "queries": None, **values}
    )


def test_the_request_line() -> None:
    formatter = RequestFormatter()
    assert formatter.format(request_record())[8:] == " GET /a 200 4.2 ms"
    assert formatter.format(request_record(queries=1))[8:] == " GET /a 200 4.2 ms 1 query"
    assert (
        formatter.format(request_record(queries=0, path="/a\r\n\x1b[2J"))[8:]
        == " GET /a\\r\\n\\x1b[2J 200 4.2 ms 0 queries"
    )
    assert formatter.format(make_record("started"))[8:] == " WARNING manoir.test: started"


def test_colours_of_the_request_line() -> None:
    formatter = RequestFormatter()
    formatter.colour = True
    assert "\x1b[1;31m503\x1b[0m" in formatter.format(request_record(status=503))
    assert "\x1b[32m200\x1b[0m" in formatter.format(request_record())


def test_requests_are_logged_by_status(monkeypatch: pytest.MonkeyPatch) -> None:
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("manoir.server")
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)
    previous = logger.level
    logger.setLevel(logging.INFO)
    try:
        for status in (200, 302, 404, 500):
            log_request("GET", "/%s", status, 1.5, queries=2, client_ip="127.0.0.1")
    finally:
        logger.setLevel(previous)
    assert [record.levelname for record in records] == ["INFO", "INFO", "WARNING", "ERROR"]
    assert records[0].getMessage() == "GET /%s 200"
    assert records[0].__dict__["client_ip"] == "127.0.0.1"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert (wants_colour(Terminal()), wants_colour(io.StringIO()), wants_colour(object())) == (True, False, False)
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(Terminal())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())


def test_the_console_follows_stderr_and_survives_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    handler = ConsoleHandler()
    handler.setFormatter(LineFormatter())
    handler.handle(make_record("one"))
    assert stderr.getvalue().endswith("manoir.test: one\n")
    stderr.close()
    handler.handle(make_record("two"))
    monkeypatch.setattr(sys, "stderr", None)
    handler.handle(make_record("three"))


@pytest.mark.usefixtures("restored_loggers")
def test_defaults_write_requests_and_errors_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("logging.config.dictConfig", {})
    with settings.override(DEBUG=False):
        logging.getLogger("manoir.shop").info("quiet")
        logging.getLogger("manoir.shop").error("broken")
        log_request("GET", "/", 200, 1.0)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("ERROR manoir.shop: broken")
    assert lines[1].endswith("GET / 200 1.0 ms")


@pytest.mark.usefixtures("restored_loggers")
def test_debug_shows_information_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("logging.config.dictConfig", {})
    with settings.override(DEBUG=True):
        logging.getLogger("manoir.shop").info("note")
        logging.getLogger("manoir.shop").error("broken")
    assert [line.rpartition(" ")[2] for line in capsys.readouterr().err.splitlines()] == ["note", "broken"]


@pytest.mark.usefixtures("restored_loggers")
def test_the_project_configures_over_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(
        "logging.config.dictConfig",
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "manoir.logging.JSONFormatter"}},
            "handlers": {"out": {"class": "manoir.logging.ConsoleHandler", "formatter": "json"}},
            "loggers": {"shop": {"handlers": ["out"], "level": "INFO", "propagate": False}},
        },
    )
    logging.getLogger("shop").info("sold")
    with settings.override(DEBUG=False):
        log_request("GET", "/", 200, 1.0)
    first, second = capsys.readouterr().err.splitlines()
    assert json.loads(first)["message"] == "sold"
    assert second.endswith("GET / 200 1.0 ms")


def test_none_leaves_logging_alone() -> None:
    logger = logging.getLogger("manoir")
    before = logger.handlers[:]
    configure_logging(None, {"version": 1})
    assert before == logger.handlers
