from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from manoir.conf import import_string


def test_imports_an_attribute() -> None:
    import json

    assert import_string("json.JSONDecoder") is json.JSONDecoder


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("json", "'json' is not a dotted path"),
        (".x", "is not a dotted path"),
        ("json.", "is not a dotted path"),
        ("json.JSONDecodr", r"Module 'json' has no 'JSONDecodr'.*Did you mean 'JSONDecode"),
        (
            "json.decodr.X",
            r"Package 'json' has no module 'decodr' \(wanted for 'json\.decodr\.X'\)\. Did you mean 'decoder'",
        ),
        (
            "django.middleware.common.CommonMiddleware",
            r"manoir's counterpart is 'manoir\.middleware\.CommonMiddleware'",
        ),
        (
            "django.middleware.cache.UpdateCacheMiddleware",
            r"manoir's counterpart is 'manoir\.middleware\.UpdateCacheMiddleware'",
        ),
        ("django_redis.cache.RedisCache", r"manoir's counterpart is 'manoir\.cache\.RedisCache'"),
        (
            "django.core.cache.backends.memcached.PyMemcacheCache",
            r"manoir has no Memcached; .*'manoir\.cache\.RedisCache' and 'manoir\.db\.DatabaseCache'\.",
        ),
        (
            "rest_framework.permissions.IsAuthenticated",
            r"manoir's counterpart is 'manoir\.rest\.permissions\.IsAuthenticated'",
        ),
        (
            "django_filters.rest_framework.DjangoFilterBackend",
            r"manoir's counterpart is 'manoir\.rest\.filters\.DjangoFilterBackend'",
        ),
        (
            "rest_framework_simplejwt.authentication.JWTAuthentication",
            r"manoir's counterpart is 'manoir\.rest\.jwt\.authentication\.JWTAuthentication'",
        ),
        (
            "django.core.files.uploadhandler.MemoryFileUploadHandler",
            r"manoir's counterpart is 'manoir\.http\.MemoryFileUploadHandler'",
        ),
    ],
)
def test_the_wrong_part_is_named(path: str, expected: str) -> None:
    with pytest.raises(ImportError, match=expected):
        import_string(path)


def test_a_package_of_this_directory_is_not_suggested_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mysite_elsewhere.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [path for path in sys.path if path not in ("", ".")])
    with pytest.raises(ImportError, match=rf"There is one in '{tmp_path}'.*PYTHONPATH"):
        import_string("mysite_elsewhere.X")


def test_an_error_inside_the_module_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_inside.py").write_text("import surely_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="No module named 'surely_not_there'"):
        import_string("broken_inside.X")


@pytest.mark.parametrize("room", ["conf", "apps", "signals", "logging", "checks", "commands"])
def test_the_door_lists_what_it_exports(room: str) -> None:
    door = importlib.import_module(f"manoir.{room}")
    public = {name for name in vars(door) if name[0] not in "_@"} - {"annotations"}  # pytest adds names with @
    assert set(door.__all__) == public
