from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from manoir.conf import ENVIRONMENT_VARIABLE, Settings
from manoir.exceptions import ImproperlyConfigured, SettingNotFound


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a settings module and return fresh Settings that will load it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    name = f"project_{tmp_path.name.replace('-', '_')}"

    def write(text: str, module: str = "settings") -> Settings:
        package = tmp_path / name
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / f"{module}.py").write_text(text)
        monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"{name}.{module}")
        return Settings()

    yield write
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def test_values_of_the_module_stand_over_the_defaults(project: Any) -> None:
    settings = project("DEBUG = True\nlower = 1\n_X = 2\n")
    assert (settings.DEBUG, settings.APPEND_SLASH, settings.X_FRAME_OPTIONS) == (True, True, "DENY")
    assert settings.configured
    assert settings.is_overridden("DEBUG")
    assert not settings.is_overridden("APPEND_SLASH")
    assert "lower" not in dir(settings)


def test_mutable_defaults_are_not_shared() -> None:
    one, other = Settings(), Settings()
    one.configure()
    other.configure()
    one.CACHES["default"]["BACKEND"] = "changed"
    assert other.CACHES["default"]["BACKEND"] == "manoir.cache.LocMemCache"


def test_a_read_setting_is_an_entry_of_the_dict() -> None:
    settings = Settings()
    settings.configure(DEBUG=True)
    assert settings.__dict__["DEBUG"] is True


def test_unknown_setting_names_close_names() -> None:
    settings = Settings()
    settings.configure()
    with pytest.raises(SettingNotFound, match=r"settings\.DEBGU does not exist.*Did you mean 'DEBUG'"):
        _ = settings.DEBGU
    assert not hasattr(settings, "MY_OWN")


def test_no_settings_module_names_the_variable_and_what_lies_here(project: Any, monkeypatch: Any) -> None:
    project("DEBUG = True")
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    with pytest.raises(ImproperlyConfigured) as caught:
        _ = Settings().DEBUG
    assert "settings.DEBUG needs settings" in str(caught.value)
    assert "MANOIR_SETTINGS_MODULE is not set" in str(caught.value)
    assert ".settings" in str(caught.value)


def test_missing_settings_module_names_the_wrong_part(project: Any, monkeypatch: Any) -> None:
    project("DEBUG = True")
    import os

    package = os.environ[ENVIRONMENT_VARIABLE].partition(".")[0]
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"{package}.setings")
    with pytest.raises(ImproperlyConfigured, match=r"has no module 'setings'.*Did you mean 'settings'") as caught:
        _ = Settings().DEBUG
    assert "Python looks for it first in" in str(caught.value)


def test_a_crash_of_the_settings_module_names_file_and_line(project: Any) -> None:
    settings = project("DEBUG = True\nBASE = undefined_name\n")
    with pytest.raises(ImproperlyConfigured, match=r"NameError: name 'undefined_name'.*settings\.py, line 2") as caught:
        _ = settings.DEBUG
    assert isinstance(caught.value.__cause__, NameError)
    assert not settings.configured


def test_a_missing_import_inside_the_settings_module_is_told_apart(project: Any) -> None:
    settings = project("import surely_not_installed_here\n")
    with pytest.raises(ImproperlyConfigured, match="Install the package that provides 'surely_not_installed_here'"):
        _ = settings.DEBUG


def test_a_syntax_error_names_the_line(project: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SyntaxError.*line 2"):
        _ = project("DEBUG = True\nX = = 1\n").DEBUG


def test_settings_read_while_they_are_imported_raise_instead_of_recursing(project: Any, monkeypatch: Any) -> None:
    settings = project("import tests.conf.test_settings as here\nhere.LOADING.DEBUG\n")
    monkeypatch.setattr(sys.modules[__name__], "LOADING", settings, raising=False)
    monkeypatch.setitem(sys.modules, "tests.conf.test_settings", sys.modules[__name__])
    with pytest.raises(ImproperlyConfigured, match=r"DEBUG was read while .* is still being imported"):
        _ = settings.SECRET_KEY


def test_all_environment_errors_are_reported_at_once_and_nothing_stays_loaded(project: Any) -> None:
    text = (
        "from manoir.conf import Env\n"
        "env = Env({'PORT': 'eighty', 'DEBUG': 'perhaps'})\n"
        "DEBUG = env.bool('DEBUG')\nPORT = env.int('PORT')\nSECRET_KEY = env('SECRET_KEY')\n"
    )
    settings = project(text)
    for _ in range(2):  # the second read imports the module anew and fails in the same way
        with pytest.raises(ImproperlyConfigured) as caught:
            _ = settings.DEBUG
        message = str(caught.value)
        assert "3 problems" in message
        assert "DEBUG in the environment must be one of true" in message
        assert "PORT in the environment must be a whole number" in message
        assert "SECRET_KEY is not set" in message
        assert "eighty" not in message
        assert not settings.configured


def test_configure_takes_defaults_and_values() -> None:
    class Base:
        APPEND_SLASH = False
        DEBUG = True

    settings = Settings()
    settings.configure(Base, DEBUG=False)
    assert (settings.APPEND_SLASH, settings.DEBUG) == (False, False)


def test_configure_twice_is_refused() -> None:
    settings = Settings()
    settings.configure()
    with pytest.raises(RuntimeError, match="configured already"):
        settings.configure()


def test_lower_case_names_are_refused() -> None:
    settings = Settings()
    with pytest.raises(TypeError, match="debug"):
        settings.configure(debug=True)
    settings.configure()
    with pytest.raises(AttributeError, match="upper case"):
        settings.debug = True
    with pytest.raises(TypeError, match="upper-case"), settings.override(debug=True):
        pass


def test_settings_can_be_set_and_deleted() -> None:
    settings = Settings()
    settings.configure()
    settings.MY_OWN = 1
    assert settings.MY_OWN == 1
    del settings.MY_OWN
    assert not hasattr(settings, "MY_OWN")


def test_override_changes_and_restores_and_tells() -> None:
    settings = Settings()
    settings.configure(DEBUG=True)
    seen: list[tuple[str, Any, bool]] = []
    settings.on_change(lambda name, value, enter: seen.append((name, value, enter)))
    with settings.override(DEBUG=False, NEW=1):
        assert (settings.DEBUG, settings.NEW) == (False, 1)
    assert settings.DEBUG is True
    assert not hasattr(settings, "NEW")
    assert seen == [("DEBUG", False, True), ("NEW", 1, True), ("DEBUG", True, False), ("NEW", None, False)]


def test_overrides_nest_and_survive_errors() -> None:
    settings = Settings()
    settings.configure(LEVEL=0)
    with pytest.raises(ZeroDivisionError), settings.override(LEVEL=1), settings.override(LEVEL=2):
        _ = 1 / (settings.LEVEL - 2)
    assert settings.LEVEL == 0


def test_override_is_undone_when_a_callback_refuses() -> None:
    settings = Settings()
    settings.configure(LEVEL=0)

    def refuse(name: str, value: Any, enter: bool) -> None:
        if enter:
            raise ValueError(name)

    settings.on_change(refuse)
    with pytest.raises(ValueError, match="LEVEL"), settings.override(LEVEL=1):
        pass
    assert settings.LEVEL == 0


def test_override_decorates_sync_functions() -> None:
    settings = Settings()
    settings.configure(LEVEL=0)

    @settings.override(LEVEL=1)
    def read(extra: int) -> int:
        return settings.LEVEL + extra

    assert [read(2), read(2)] == [3, 3]
    assert settings.LEVEL == 0


async def test_override_decorates_coroutine_functions() -> None:
    settings = Settings()
    settings.configure(LEVEL=0)

    @settings.override(LEVEL=1)
    async def read() -> int:
        return settings.LEVEL

    assert await read() == 1
    async with settings.override(LEVEL=5):
        assert settings.LEVEL == 5
    assert settings.LEVEL == 0


def test_threads_load_once(project: Any) -> None:
    settings = project("import time\ntime.sleep(0.05)\nDEBUG = True\n")
    values: list[bool] = []
    threads = [threading.Thread(target=lambda: values.append(settings.DEBUG)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert values == [True] * 8
