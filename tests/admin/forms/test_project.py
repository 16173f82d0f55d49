"""A project with people of its own: made by `startproject`, with the admin installed, from migrate to a changed user."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.admin.forms import browser
from tests.programs import run

pytestmark = pytest.mark.slow

PROGRAM = """
import manoir

manoir.setup()

from manoir.commands import call_command

call_command("check", fail_level="WARNING")
call_command("makemigrations", "accounts", verbosity=0)
call_command("migrate", verbosity=0)
call_command("makemigrations", "admin", check_changes=True, dry_run=True)

from browser import form_data
from manoir import admin
from manoir.admin import LogEntry
from manoir.auth import Group, get_user_model
from manoir.testing import Client

User = get_user_model()
root = User.objects.create_superuser("root@example.com", "a good long secret")
client = Client(headers={"host": "localhost"})
assert client.post("/admin/login/?next=/admin/", {"username": "root@example.com", "password": "a good long secret"}).status_code == 302

assert admin.site.is_registered(User) and admin.site.is_registered(LogEntry)
assert not admin.site.is_registered(Group), "the project took it out"
assert type(admin.site.get_model_admin(User)).__name__ == EXPECTED

add = "/admin/accounts/user/add/"
page = client.get(add)
data = form_data(page, email="Ada@Example.com", password1="correct horse 9", password2="correct horse 9")
answer = client.post(add, data)
ada = User.objects.get(email="ada@example.com")
assert answer.headers["Location"] == f"/admin/accounts/user/{ada.pk}/change/", answer.text
assert ada.check_password("correct horse 9")
page = client.get(answer.headers["Location"])
assert ada.password[10:] not in page.text and "A password is set" in page.text
assert client.post(answer.headers["Location"], form_data(page, first_name="Ada", EXTRA)).status_code == 302
ada.refresh_from_db()
assert ada.first_name == "Ada"
data = {"password1": "another horse 8", "password2": "another horse 8"}
assert client.post(f"/admin/accounts/user/{ada.pk}/password/", data).status_code == 302
ada.refresh_from_db()
assert ada.check_password("another horse 8")
assert "ada@example.com" in client.get("/admin/accounts/user/").text
assert client.get("/admin/admin/logentry/").status_code == 200
print("all is well")
"""

OWN_ADMIN = """
from accounts.models import User
from manoir import admin


@admin.register(User)
class PeopleAdmin(admin.UserAdmin):
    fieldsets = (*admin.UserAdmin.fieldsets, ("Club", {"fields": ["nickname"]}))
"""


def test_people_of_a_projects_own_are_in_the_admin(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": f"{tmp_path}/club"}

    def output_of(*words: str, cwd: Path) -> str:
        done = run([sys.executable, *words], cwd, 120, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    output_of("-m", "manoir", "startproject", "club", cwd=tmp_path)
    project = tmp_path / "club"
    settings = project / "club" / "settings.py"
    text = settings.read_text()
    wanted = ["manoir.contenttypes", "manoir.auth", "manoir.sessions", "manoir.messages", "manoir.admin"]
    missing = [name for name in wanted if f'"{name}"' not in text]
    settings.write_text(
        text
        + f"\nINSTALLED_APPS += {missing!r}\nAUTH_USER_MODEL = 'accounts.User'\n"
        + "for _name in ('manoir.sessions.SessionMiddleware', 'manoir.auth.AuthenticationMiddleware',"
        + " 'manoir.messages.MessageMiddleware'):\n    MIDDLEWARE += [] if _name in MIDDLEWARE else [_name]\n"
        + "SECURE_SSL_REDIRECT = False\nALLOWED_HOSTS = ['localhost', 'testserver']\n"
        + "for _name in ('manoir.auth.context_processors.auth', 'manoir.messages.context_processors.messages'):\n"
        + "    _all = TEMPLATES[0]['OPTIONS']['context_processors']\n    _all += [] if _name in _all else [_name]\n"
    )
    urls = project / "club" / "urls.py"
    if "admin.site" not in urls.read_text():
        urls.write_text(
            urls.read_text() + "\nfrom manoir import admin\nfrom manoir.urls import path\n"
            "urlpatterns = [*urlpatterns, path('admin/', admin.site.urls)]\n"
        )
    environment["MANOIR_SETTINGS_MODULE"] = "club.settings"
    models = project / "accounts" / "models.py"
    models.write_text(
        models.read_text().replace(
            "    objects = UserManager()\n",
            "    nickname = models.CharField(max_length=30, blank=True)\n    objects = UserManager()\n",
        )
    )
    unregister = "from manoir import admin\nfrom manoir.auth import Group\n\nadmin.site.unregister(Group)\n"
    admin_module = project / "accounts" / "admin.py"
    (project / "browser.py").write_text(Path(browser.__file__).read_text())
    for expected, source in (("UserAdmin", unregister), ("PeopleAdmin", unregister + OWN_ADMIN)):
        admin_module.write_text(source)
        (project / "db.sqlite3").unlink(missing_ok=True)
        program = PROGRAM.replace("EXPECTED", repr(expected)).replace("EXTRA", 'nickname="Countess"')
        (project / "program.py").write_text(program)
        assert "all is well" in output_of("program.py", cwd=project)
