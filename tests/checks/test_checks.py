from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from manoir import checks
from manoir.checks import CheckMessage, CheckRegistry, Error, Tags, Warning
from manoir.conf import settings


def test_a_message_says_object_id_text_and_hint() -> None:
    message = Error("It is broken.", hint="Mend it.", obj="cellar", id="house.E001")
    assert str(message) == "cellar: (house.E001) It is broken.\n    HINT: Mend it."
    assert str(Warning("Hm.")) == "?: Hm."
    assert str(Warning("Hm.", obj=SimpleNamespace(_meta=SimpleNamespace(label="shop.Book")))) == "shop.Book: Hm."


def test_levels() -> None:
    kinds = [checks.Debug, checks.Info, checks.Warning, checks.Error, checks.Critical]
    assert [kind("x").level for kind in kinds] == [10, 20, 30, 40, 50]
    assert [kind("x").is_serious() for kind in kinds] == [False, False, False, True, True]
    assert checks.Warning("x").is_serious(checks.WARNING)
    assert checks.Error("x").level_name == "ERROR"


def test_messages_are_equal_by_value() -> None:
    assert Error("x", obj=[1], id="a") == CheckMessage(checks.ERROR, "x", obj=[1], id="a")
    assert Error("x") != Error("y")
    assert len({Error("x"), Error("x")}) == 1


def test_a_level_must_be_a_number() -> None:
    with pytest.raises(TypeError, match="not 'ERROR'"):
        CheckMessage("ERROR", "x")  # type: ignore[arg-type]


def test_silenced_messages_are_known() -> None:
    with settings.override(SILENCED_SYSTEM_CHECKS=["a.W001"]):
        assert Warning("x", id="a.W001").is_silenced()
        assert not Warning("x", id="a.W002").is_silenced()
        assert not Warning("x").is_silenced()


def make_registry() -> tuple[CheckRegistry, list[str]]:
    registry, calls = CheckRegistry(), list[str]()

    @registry.register
    def plain(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        calls.append("plain")
        return [Warning("plain")]

    @registry.register(Tags.models, "own")
    async def models(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        calls.append("models")
        return []

    @registry.register(Tags.security, deploy=True)
    def deploy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        calls.append("deploy")
        return []

    @registry.register(Tags.database)
    def database(app_configs: Any, databases: Any, **kwargs: Any) -> list[CheckMessage]:
        calls.append(f"database {databases}")
        return []

    return registry, calls


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["plain", "models"]),
        ({"tags": ["own"]}, ["models"]),
        ({"tags": ["own", "security"]}, ["models"]),
        ({"include_deployment_checks": True}, ["plain", "models", "deploy"]),
        ({"databases": ["default"]}, ["plain", "models", "database ['default']"]),
        ({"tags": ["database"]}, ["database None"]),
    ],
)
def test_checks_run_by_subject(arguments: dict[str, Any], expected: list[str]) -> None:
    registry, calls = make_registry()
    registry.run_checks(**arguments)
    assert expected == calls


def test_messages_come_in_order() -> None:
    assert [Warning("plain")] == make_registry()[0].run_checks()


def test_tags_are_known() -> None:
    registry, _ = make_registry()
    assert {"models", "own", "database"} == registry.tags_available()
    assert not registry.tag_exists("security")
    assert registry.tag_exists("security", include_deployment_checks=True)
    assert "Did you mean 'models'" in registry.unknown_tag_message("modles")


def test_a_check_registers_once_and_unregisters() -> None:
    registry = CheckRegistry()

    def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        return [Warning("x")]

    registry.register(check, "a")
    registry.register(check, "a")
    assert len(registry.run_checks()) == 1
    registry.unregister(check)
    assert registry.run_checks() == []


def test_a_check_must_take_keywords() -> None:
    with pytest.raises(TypeError, match=r"must accept \*\*kwargs"):
        CheckRegistry().register(lambda app_configs: [])


@pytest.mark.parametrize("answer", ["text", None, Warning("x"), [1]])
def test_a_check_must_return_messages(answer: Any) -> None:
    registry = CheckRegistry()
    registry.register(lambda app_configs, **kwargs: answer)
    with pytest.raises(TypeError, match=r"Check .*<lambda>"):
        registry.run_checks()


def test_a_near_miss_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.__dict__, "_explicit", frozenset({"DEBUGG"}))
    (message,) = checks.run_checks(tags=[Tags.settings])
    assert (
        message.id,
        message.msg,
    ) == ("manoir.conf.W001", "The setting DEBUGG is unknown to manoir, but close to DEBUG.")
