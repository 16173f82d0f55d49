from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from manoir.apps import AppConfig, Apps
from manoir.exceptions import AppRegistryNotReady, ImproperlyConfigured

WriteApp = Callable[..., str]


@pytest.fixture
def write_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WriteApp]:
    """Write an importable package below a name that no other test uses; files by name without suffix."""
    monkeypatch.syspath_prepend(str(tmp_path))
    roots: set[str] = set()

    def write(name: str, **files: str) -> str:
        roots.add(name.partition(".")[0])
        package = tmp_path.joinpath(*name.split("."))
        package.mkdir(parents=True, exist_ok=True)
        for file, text in {"__init__": "", **files}.items():
            (package / f"{file}.py").write_text(text)
        return name

    yield write
    for module in [module for module in sys.modules if module.partition(".")[0] in roots]:
        del sys.modules[module]


def fake_model(name: str, module: str = "tests.fake", **meta: Any) -> Any:
    values = {"auto_created": False, "swapped": None, "expire_caches": lambda: None, **meta}
    return type(name, (), {"_meta": SimpleNamespace(**values), "__module__": module})


def test_an_app_gets_its_names_from_its_path(write_app: WriteApp, tmp_path: Path) -> None:
    write_app("regone")
    config = Apps([write_app("regone.orders")]).get_app_config("orders")
    assert (config.name, config.label, config.verbose_name) == ("regone.orders", "orders", "Orders")
    assert config.path == str(tmp_path / "regone" / "orders")
    assert config.models_module is None


def test_the_only_config_class_is_chosen(write_app: WriteApp) -> None:
    apps_py = "from manoir.apps import AppConfig\nclass Shop(AppConfig):\n    name = 'regtwo'\n    label = 'boutique'\n"
    assert Apps([write_app("regtwo", apps=apps_py)]).get_app_config("boutique").verbose_name == "Boutique"


def test_of_several_config_classes_the_default_is_chosen(write_app: WriteApp) -> None:
    apps_py = (
        "from manoir.apps import AppConfig\n"
        "class One(AppConfig):\n    name = 'regthree'\n"
        "class Two(AppConfig):\n    name = 'regthree'\n    default = True\n"
    )
    config = Apps([write_app("regthree", apps=apps_py)]).get_app_config("regthree")
    assert type(config).__name__ == "Two"
    named = Apps(["regthree.apps.One"]).get_app_config("regthree")
    assert type(named).__name__ == "One"


def test_several_config_classes_without_default_mean_the_plain_one(write_app: WriteApp) -> None:
    apps_py = (
        "from manoir.apps import AppConfig\n"
        "class One(AppConfig):\n    name = 'regfour'\n"
        "class Two(AppConfig):\n    name = 'regfour'\n"
    )
    assert type(Apps([write_app("regfour", apps=apps_py)]).get_app_config("regfour")) is AppConfig


def test_two_defaults_are_refused(write_app: WriteApp) -> None:
    apps_py = (
        "from manoir.apps import AppConfig\n"
        "class One(AppConfig):\n    name = 'regfive'\n    default = True\n"
        "class Two(AppConfig):\n    name = 'regfive'\n    default = True\n"
    )
    with pytest.raises(ImproperlyConfigured, match="several AppConfig classes with default = True: One, Two"):
        Apps([write_app("regfive", apps=apps_py)])


def test_a_config_with_default_false_is_never_chosen(write_app: WriteApp) -> None:
    apps_py = "from manoir.apps import AppConfig\nclass One(AppConfig):\n    name = 'regsix'\n    default = False\n"
    assert type(Apps([write_app("regsix", apps=apps_py)]).get_app_config("regsix")) is AppConfig


def test_all_wrong_entries_are_reported_at_once(write_app: WriteApp) -> None:
    write_app("regseven", apps="class Plain: pass\nfrom manoir.apps import AppConfig\nclass NoName(AppConfig): pass\n")
    write_app("regeight", __init__="1 / 0\n")
    entries = ["regsevn", "regseven.apps.Plain", "regseven.apps.Missing", "regseven.apps.NoName", "regeight"]
    with pytest.raises(ImproperlyConfigured) as caught:
        Apps([*entries, "json", "json", "manoir.conff", "django.contrib.auth"])
    message = str(caught.value)
    assert message.startswith("8 problems in INSTALLED_APPS:")
    assert "'regsevn', which cannot be found" in message
    assert "'regseven.apps.Plain', which is neither a package nor an AppConfig subclass" in message
    assert "has no 'Missing'" in message
    assert "regseven.apps.NoName must set `name`" in message
    assert "ZeroDivisionError: division by zero" in message
    assert "regeight/__init__.py, line 1" in message
    assert "names the app 'json' twice" in message
    assert "Did you mean 'conf'" in message
    assert "manoir's counterpart is 'manoir.auth'" in message
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_missing_top_level_app_names_its_neighbour(write_app: WriteApp) -> None:
    write_app("regbooks")
    with pytest.raises(ImproperlyConfigured, match="Did you mean 'regbooks'"):
        Apps(["regboks"])


def test_duplicate_labels_name_both_apps(write_app: WriteApp) -> None:
    write_app("regten")
    with pytest.raises(ImproperlyConfigured, match=r"label 'orders': 'regten\.orders' and 'regten\.old\.orders'"):
        Apps([write_app("regten.orders"), write_app("regten.old") and write_app("regten.old.orders")])


def test_a_config_naming_a_missing_package_says_which(write_app: WriteApp) -> None:
    apps_py = "from manoir.apps import AppConfig\nclass One(AppConfig):\n    name = 'regeleven.nowhere'\n"
    with pytest.raises(
        ImproperlyConfigured, match=r"One\.name .*is 'regeleven\.nowhere', but: Package 'regeleven' has no"
    ):
        Apps([write_app("regeleven", apps=apps_py)])


def test_models_are_imported_before_ready_is_called_once(write_app: WriteApp) -> None:
    apps_py = (
        "from manoir.apps import AppConfig\nCALLS = []\n"
        "class One(AppConfig):\n    name = 'regtwelve'\n"
        "    def ready(self):\n        CALLS.append((self.models_module.LOADED, self.apps.models_ready, self.apps.ready))\n"
    )
    registry = Apps([write_app("regtwelve", apps=apps_py, models="LOADED = True\n")])
    registry.populate(["json"])
    assert sys.modules["regtwelve.apps"].CALLS == [(True, True, False)]  # type: ignore[attr-defined]
    assert registry.is_installed("regtwelve")
    assert not registry.is_installed("json")


def test_threads_populate_once(write_app: WriteApp) -> None:
    apps_py = (
        "import time\nfrom manoir.apps import AppConfig\nCALLS = []\nclass One(AppConfig):\n    name = 'regthirteen'\n"
        "    def ready(self):\n        time.sleep(0.05)\n        CALLS.append(1)\n"
    )
    registry, name = Apps(None), write_app("regthirteen", apps=apps_py)
    seen: list[bool] = []

    def populate() -> None:
        registry.populate([name])
        seen.append(registry.ready)

    threads = [threading.Thread(target=populate) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert seen == [True] * 6
    assert sys.modules["regthirteen.apps"].CALLS == [1]  # type: ignore[attr-defined]


def test_populate_inside_ready_is_refused(write_app: WriteApp) -> None:
    apps_py = (
        "from manoir.apps import AppConfig\nclass One(AppConfig):\n    name = 'regfourteen'\n"
        "    def ready(self):\n        self.apps.populate()\n"
    )
    with pytest.raises(RuntimeError, match="while apps are being loaded"):
        Apps([write_app("regfourteen", apps=apps_py)])


def test_a_failed_populate_leaves_an_empty_registry_that_can_try_again(write_app: WriteApp) -> None:
    registry = Apps(None)
    with pytest.raises(ZeroDivisionError):
        registry.populate([write_app("regfifteen", models="1 / 0\n")])
    assert (registry.apps_ready, registry.ready, registry.app_configs) == (False, False, {})
    registry.populate(["json"])
    assert registry.ready


def test_questions_before_setup_say_what_to_do() -> None:
    registry = Apps(None)
    for ask in (registry.get_models, registry.get_app_configs, lambda: registry.get_model("a.B")):
        with pytest.raises(AppRegistryNotReady, match=r"Call manoir\.setup\(\) first"):
            ask()


def test_models_are_found_by_name_in_any_case() -> None:
    registry = Apps(["json", "email"])
    book = fake_model("Book")
    registry.register_model("json", book)
    assert registry.get_model("json.Book") is registry.get_model("json", "bOOk") is book
    assert registry.get_app_config("json").get_model("book") is book
    assert [book] == registry.get_models() == list(registry.get_app_config("json").get_models())
    assert registry.get_registered_model("json", "Book") is book


def test_unknown_models_name_close_ones() -> None:
    registry = Apps(["json"])
    registry.register_model("json", fake_model("Book"))
    with pytest.raises(LookupError, match=r"App 'json' has no model 'Boook'\. Did you mean 'Book'"):
        registry.get_model("json.Boook")
    with pytest.raises(LookupError, match=r"No installed app has the label 'jsom'\. Did you mean 'json'"):
        registry.get_model("jsom", "Book")
    with pytest.raises(ValueError, match=r"'Book' is no model: write 'app_label\.Model'"):
        registry.get_model("Book")


def test_an_app_asked_by_its_name_is_answered_with_its_label(write_app: WriteApp) -> None:
    write_app("regsixteen")
    with pytest.raises(LookupError, match="Did you mean 'orders'"):
        Apps([write_app("regsixteen.orders")]).get_app_config("regsixteen.orders")


def test_hidden_models_are_left_out_unless_asked_for() -> None:
    registry = Apps(["json"])
    plain, auto, swapped = (
        fake_model("Plain"),
        fake_model("Auto", auto_created=True),
        fake_model("Swapped", swapped="a.B"),
    )
    for model in (plain, auto, swapped):
        registry.register_model("json", model)
    assert [plain] == registry.get_models()
    assert [plain, auto] == registry.get_models(include_auto_created=True)
    assert [plain, auto, swapped] == registry.get_models(True, True)


def test_two_models_of_one_name_are_refused() -> None:
    registry = Apps(["json"])
    registry.register_model("json", fake_model("Book", "one"))
    with pytest.raises(RuntimeError, match=r"two models called 'book': one\.Book and two\.Book"):
        registry.register_model("json", fake_model("Book", "two"))


def test_a_model_declared_again_replaces_with_a_warning() -> None:
    registry = Apps(["json"])
    registry.register_model("json", fake_model("Book"))
    again = fake_model("Book")
    with pytest.warns(RuntimeWarning, match=r"'json\.Book' was declared again"):
        registry.register_model("json", again)
    assert registry.get_model("json.Book") is again


def test_lazy_operations_run_when_all_models_are_there() -> None:
    registry = Apps(["json"])
    calls: list[tuple[Any, ...]] = []
    registry.lazy_model_operation(lambda *models: calls.append(models), ("json", "A"), ("json", "B"), ("json", "A"))
    a, b = fake_model("A"), fake_model("B")
    registry.register_model("json", a)
    assert calls == []
    assert registry.pending_operations.keys() == [("json", "b")]
    registry.register_model("json", b)
    registry.lazy_model_operation(lambda *models: calls.append(models), ("json", "b"))
    registry.lazy_model_operation(lambda *models: calls.append(models))
    assert [(a, b, a), (b,), ()] == calls
    assert registry.pending_operations.keys() == []


def test_the_innermost_app_contains_a_module(write_app: WriteApp) -> None:
    registry = Apps([write_app("regseventeen"), write_app("regseventeen.shop")])
    found = registry.get_containing_app_config("regseventeen.shop.models")
    assert found is not None
    assert found.name == "regseventeen.shop"
    assert registry.get_containing_app_config("regseventeenth") is None


def test_installed_apps_can_be_replaced_for_a_time() -> None:
    registry = Apps(["json", "email"])
    kept = registry.get_app_config("json")
    registry.set_installed_apps(["json"])
    assert [kept] == registry.get_app_configs()
    with pytest.raises(ImproperlyConfigured):
        registry.set_installed_apps(["json", "surely_no_app"])
    assert [kept] == registry.get_app_configs()
    registry.unset_installed_apps()
    assert [config.label for config in registry.get_app_configs()] == ["json", "email"]


def test_a_label_that_is_no_identifier_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="'my-app' of the app 'my-app' is no Python identifier"):
        AppConfig("my-app", sys)
