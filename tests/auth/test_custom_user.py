"""A project with a user model of its own, from makemigrations to signing in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import databases

pytestmark = pytest.mark.slow

MODELS = """
from manoir import models
from manoir.auth import AbstractBaseUser, BaseUserManager, PermissionsMixin


class Managed(BaseUserManager):
    async def acreate_superuser(self, email, password=None, **extra):
        user = self.model(email=email, is_superuser=True, **extra)
        await user.aset_password(password)
        await user.asave(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "email"
    objects = Managed()


class Note(models.Model):
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE)
"""
PROGRAM = """
import manoir

manoir.setup()

from accounts.models import Note
from manoir.auth import Group, Permission, User as Swapped, authenticate, get_user_model

User = get_user_model()
root = authenticate(username="root@example.com", password="secret")
assert root.has_perm("accounts.anything") and root.password.startswith("argon2$")
assert authenticate(email="root@example.com", password="wrong") is None
bob = User.objects.create(email="bob@example.com", password="!")
group = Group.objects.create(name="readers")
group.permissions.add(Permission.objects.get(codename="view_note"))
bob.groups.add(group)
assert bob.get_all_permissions() == {"accounts.view_note"}
assert list(group.user_set.all()) == [bob]
Note.objects.create(owner=bob)
bob.delete()
assert (User.objects.count(), Note.objects.count(), Group.objects.count()) == (1, 0, 1)
assert not Permission.objects.filter(content_type__app_label="auth", codename="add_user").exists()
try:
    Swapped.objects
except AttributeError as error:
    assert "accounts.User" in str(error)
else:
    raise AssertionError("a swapped model has a manager")

from manoir.conf import settings

with settings.override(PASSWORD_HASHERS=["manoir.auth.MD5PasswordHasher"]):  # the rest is not about hashes
    import forms_of_people
assert forms_of_people
print("all is well")
"""

FORMS = """
from manoir.auth import authenticate, get_user_model
from manoir.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    AuthenticationForm,
    PasswordResetForm,
    SignUpForm,
    UserChangeForm,
    UserCreationForm,
)

User = get_user_model()
good = {"password1": "correct horse", "password2": "correct horse"}
form = UserCreationForm({"email": "Eve@example.com", **good})
assert list(form.fields) == ["email", "password1", "password2"]
assert form.is_valid(), form.errors
eve = form.save()
assert authenticate(email="Eve@example.com", password="correct horse") == eve
for taken in ("eve@example.com", "EVE@EXAMPLE.COM", "\\u0435v\\u0435@example.com"):
    assert not UserCreationForm({"email": taken, **good}).is_valid(), taken
assert list(SignUpForm(instance=User(email="new@example.com")).fields) == ["password1", "password2"]
sign_up = SignUpForm(good, instance=User(email="new@example.com"))
assert sign_up.is_valid(), sign_up.errors
assert authenticate(email=sign_up.save().email, password="correct horse").email == "new@example.com"
form = AdminUserCreationForm({"email": "sso@example.com", "usable_password": "false"})
assert form.is_valid() and not form.save().has_usable_password()
form = AdminPasswordChangeForm(eve, {"password1": "another horse", "password2": "another horse"})
assert form.is_valid() and form.save().check_password("another horse")
change = UserChangeForm({"email": "eve@example.org", "is_active": "on"}, instance=eve)
assert eve.password not in str(change) and change.is_valid(), change.errors
assert change.save().check_password("another horse")
sign_in = AuthenticationForm(None, {"username": "eve@example.org", "password": "another horse"})
assert sign_in.is_valid() and 'type="email"' in str(sign_in) and "Email" in str(sign_in)
reset = PasswordResetForm({"email": "EVE@example.org"})
assert reset.is_valid() and reset.get_users("EVE@example.org") == [eve]
"""


@pytest.mark.parametrize("product", databases.VENDORS)
def test_a_user_model_of_the_projects_own(product: str, tmp_path: Path) -> None:
    entry = databases.entry(product, databases.session_name("customuser"))
    if product == "sqlite":
        entry["NAME"] = str(tmp_path / "db.sqlite3")
    (tmp_path / "accounts" / "migrations").mkdir(parents=True)
    for package in ("accounts", "accounts/migrations"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "accounts" / "models.py").write_text(MODELS)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "forms_of_people.py").write_text(FORMS)
    (tmp_path / "conf.py").write_text(
        f"SECRET_KEY = {'0f9e8d7c6b5a49382716' * 3!r}\nAUTH_USER_MODEL = 'accounts.User'\n"
        f"INSTALLED_APPS = ['manoir.contenttypes', 'manoir.auth', 'manoir.sessions', 'accounts']\n"
        f"DATABASES = {{'default': {entry!r}}}\n"
    )
    environment = {
        **os.environ,
        "MANOIR_SETTINGS_MODULE": "conf",
        "PYTHONPATH": str(tmp_path),
        "MANOIR_SUPERUSER_PASSWORD": "secret",
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    connection = None
    if product == "postgresql":
        from manoir.bridge import wait
        from manoir.db import make_connection

        connection = make_connection("default", entry)
        wait(connection.create_database(entry["NAME"]))
    try:
        assert "no issues" in run("-m", "manoir", "check")
        run("-m", "manoir", "makemigrations", "accounts")
        assert (
            "manoir.auth" not in (tmp_path / "accounts/migrations/0001_initial.py").read_text().split("operations")[0]
        )
        run("-m", "manoir", "migrate")
        assert "was made" in run("-m", "manoir", "createsuperuser", "--noinput", "--email", "root@example.com")
        assert "all is well" in run("program.py")
    finally:
        if connection is not None:
            wait(databases.drop(connection))
