from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir import models  # noqa: E402
from manoir.auth import AbstractBaseUser, User  # noqa: E402
from manoir.auth._checks import check_host_of_links, check_user_model, problems_of_permissions, problems_of_user  # noqa: E402
from manoir.conf import settings  # noqa: E402


def user_model(**attributes):
    """Make a user model that is in no table of a project."""
    meta = type("Meta", (), {"app_label": "library", "managed": False, **attributes.pop("meta", {})})
    defaults = {
        "__module__": __name__,
        "Meta": meta,
        "name": models.CharField(max_length=10, unique=True),
        "USERNAME_FIELD": "name",
    }
    bases = attributes.pop("bases", (AbstractBaseUser,))
    return type(f"User{next(numbers)}", bases, {**defaults, **attributes})


numbers = iter(range(1_000))


@pytest.fixture(autouse=True)
def _no_traces():
    from manoir.apps import apps

    before = dict(apps.all_models["library"])
    yield
    apps.all_models["library"].clear()
    apps.all_models["library"].update(before)
    apps.clear_cache()


def ids(found):
    return [message.id for message in found]


def test_the_users_of_manoir_are_fine():
    assert check_user_model(None) == []
    assert list(problems_of_permissions(User)) == []


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, []),
        ({"REQUIRED_FIELDS": ["name"]}, ["manoir.auth.E002"]),
        ({"REQUIRED_FIELDS": "email"}, ["manoir.auth.E001"]),
        ({"is_anonymous": lambda self: False}, ["manoir.auth.C009"]),
        ({"is_authenticated": lambda self: True}, ["manoir.auth.C010"]),
        ({"name": models.CharField(max_length=10)}, ["manoir.auth.E003"]),
        (
            {
                "name": models.CharField(max_length=10),
                "meta": {"constraints": [models.UniqueConstraint(fields=["name"], name="one_name")]},
            },
            [],
        ),
    ],
)
def test_what_is_wrong_with_a_user_model(attributes, wanted):
    assert ids(problems_of_user(user_model(**attributes))) == wanted


def test_names_that_are_not_unique_are_a_matter_of_the_backend():
    with settings.override(AUTHENTICATION_BACKENDS=["tests.auth.test_sign_in.ByToken"]):
        found = list(problems_of_user(user_model(name=models.CharField(max_length=10))))
    assert ids(found) == ["manoir.auth.W004"]


@pytest.mark.parametrize(
    ("meta", "wanted"),
    [
        ({"permissions": [("view_other", "Can view another")]}, []),
        ({"permissions": [("read", "x"), ("read", "y")]}, ["manoir.auth.E006"]),
        ({"permissions": [("read", "x" * 256)]}, ["manoir.auth.E008"]),
        ({"permissions": [("r" * 101, "x")]}, ["manoir.auth.E012"]),
        ({"verbose_name": "x" * 250}, ["manoir.auth.E007"] * 4),
    ],
)
def test_what_is_wrong_with_permissions(meta, wanted):
    assert ids(problems_of_permissions(user_model(meta=meta))) == wanted


def test_a_permission_that_every_model_has():
    name = f"User{next(numbers) + 1}"
    found = problems_of_permissions(user_model(meta={"permissions": [(f"add_{name.lower()}", "x")]}))
    assert ids(found) == ["manoir.auth.E005"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"ALLOWED_HOSTS": ["*"]}, ["manoir.auth.W101"]),
        ({"ALLOWED_HOSTS": [".example.com"]}, ["manoir.auth.W101"]),
        ({"ALLOWED_HOSTS": ["example.com"]}, []),
        ({"ALLOWED_HOSTS": ["*"], "SITE_URL": "https://example.com"}, []),
        ({"ALLOWED_HOSTS": ["*"], "ROOT_URLCONF": "tests.server.urls_empty"}, []),
    ],
)
def test_sites_that_mail_links_say_where_they_lead(changes, wanted):
    """H34"""
    with settings.override(**{"ROOT_URLCONF": "tests.auth.test_views", **changes}):
        assert ids(check_host_of_links(None)) == wanted


def test_a_project_without_urls_mails_no_links():
    with settings.override(ROOT_URLCONF="", ALLOWED_HOSTS=["*"]):
        assert check_host_of_links(None) == []
