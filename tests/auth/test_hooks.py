"""Every hook of people goes through the shared table of two colours."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

import manoir

manoir.setup()

from manoir import mail  # noqa: E402
from manoir.auth import BaseBackend, ModelBackend, RemoteUserBackend, User  # noqa: E402
from manoir.auth.forms import (  # noqa: E402
    AdminPasswordChangeForm,
    BaseUserCreationForm,
    PasswordResetForm,
    SetPasswordForm,
    SignUpAddressForm,
)
from manoir.bridge import hook_conflicts, hook_pairs  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.views.generic import FormView  # noqa: E402
from tests.bridge.hook_table import PLACES, SHAPES, HookCase, check_hook  # noqa: E402

SOMEBODY = User(pk=1, username="ada", email="ada@example.com", is_active=False)
MAIL = ("subject.txt", "body.txt", {"user": SOMEBODY}, None, "ada@example.com")


class Nobody(PasswordResetForm):
    """Finds nobody, and asks no database about it."""

    async def aget_users(self, email):
        return []


class Known(SignUpAddressForm):
    """Knows who has an address, and asks no database about it."""

    @classmethod
    async def aknown(cls, email):
        return [SOMEBODY]


def plain(cls):
    return cls()


def cleaned(cls):
    form = cls({})
    form.cleaned_data = {"email": "ada@example.com"}
    return form


def with_user(cls):
    async def aset_password(password):
        return None

    form = cls(SimpleNamespace(aset_password=aset_password, _meta=User._meta), {})
    form.cleaned_data = {"new_password1": "secret", "usable_password": True, "password1": "secret"}
    return form


def checked(cls):
    form = cls({})
    form.cleaned_data, form._errors = {"password1": "secret", "username": "ada"}, {}
    return form


CASES = [
    HookCase(BaseBackend, "authenticate", plain, args=(None,)),
    HookCase(BaseBackend, "get_user", plain, args=(1,)),
    HookCase(ModelBackend, "authenticate", plain, args=(None,)),
    HookCase(ModelBackend, "get_user_permissions", plain, args=(SOMEBODY,)),
    HookCase(ModelBackend, "get_group_permissions", plain, args=(SOMEBODY,)),
    HookCase(ModelBackend, "get_all_permissions", plain, args=(SOMEBODY,)),
    HookCase(ModelBackend, "has_perm", plain, args=(SOMEBODY, "shop.view_book")),
    HookCase(ModelBackend, "has_module_perms", plain, args=(SOMEBODY, "shop")),
    HookCase(RemoteUserBackend, "authenticate", plain, args=(None,)),
    HookCase(RemoteUserBackend, "clean_username", plain, args=("ada",)),
    HookCase(RemoteUserBackend, "configure_user", plain, args=(None, SOMEBODY)),
    HookCase(SetPasswordForm, "save", with_user, kwargs={"commit": False}),
    HookCase(AdminPasswordChangeForm, "save", with_user, kwargs={"commit": False}),
    HookCase(BaseUserCreationForm, "save", checked, kwargs={"commit": False}),
    HookCase(BaseUserCreationForm, "clean", checked),
    HookCase(Nobody, "get_users", cleaned, args=("ada@example.com",)),
    HookCase(Nobody, "save", cleaned, kwargs={"domain_override": "books.example"}),
    HookCase(PasswordResetForm, "send_mail", cleaned, args=MAIL),
    HookCase(Known, "save", cleaned, kwargs={"protocol": "https", "domain": "books.example"}),
    HookCase(SignUpAddressForm, "send_mail", cleaned, args=MAIL),
]


@pytest.fixture(autouse=True)
def _mails(caplog):
    texts = {"subject.txt": "Hello", "body.txt": "Hello {{ user }}"}
    loaders = [("manoir.templates.loaders.locmem.Loader", texts)]
    engine = {"BACKEND": "manoir.templates.Engine", "OPTIONS": {"loaders": loaders}}
    with settings.override(TEMPLATES=[engine], MAILERS={"default": {"BACKEND": "manoir.mail.InMemoryBackend"}}):
        yield
    mail.outbox.clear()
    assert caplog.text == ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.base.__name__}.{case.name}")
def test_hook_of_either_colour(case):
    for shape, place in itertools.product(SHAPES, PLACES):
        check_hook(case, shape, place)


@pytest.mark.parametrize("cls", sorted({case.base for case in CASES}, key=lambda cls: cls.__name__))
def test_nobody_of_ours_overrides_both_colours(cls):
    assert (hook_conflicts(cls), bool(hook_pairs(cls))) == ([], True)


def test_views_of_people_have_one_colour_each():
    from manoir.auth import views

    found = [getattr(views, name) for name in views.__all__ if name.endswith("View")]
    assert len(found) > 8
    for view in found:
        assert hook_conflicts(view) == []
        assert view.view_is_async in (True, False)
    assert any(issubclass(view, FormView) for view in found)
