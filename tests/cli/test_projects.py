"""The first ten minutes: a new project runs, is clean, passes its own test, and serves."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.programs import own_environment, run

pytestmark = pytest.mark.slow

MANOIR = [sys.executable, "-m", "manoir"]


def manage(project, *arguments, **options):
    return run([sys.executable, "manage.py", *arguments], project, **options)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    result = run([*MANOIR, "startproject", "mysite"], folder)
    assert result.returncode == 0, result.stderr
    return folder / "mysite"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A command that serves, until the block ends."""

    def __init__(self, project, *arguments, **environment):
        self.port = free_port()
        words = [str(self.port) if word == "PORT" else word for word in arguments]
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=own_environment(**environment),
            start_new_session=True,
        )

    def get(self, path="/", seconds=60, until=None):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                    text = answer.read().decode()
                    if until is None or until in text:
                        return answer.status, text
            except urllib.error.HTTPError as error:
                error.close()
                if until is None:
                    return error.code, ""
            except OSError:
                pass
            assert time.monotonic() < deadline, "the server did not answer as expected in time"
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def test_new_project_has_its_files(project):
    names = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {"manage.py", ".env", ".env.example", ".gitignore", "README.md", "pytest.ini", "mysite/settings.py", "mysite/urls.py",
            "mysite/app.py", "accounts/models.py", "accounts/migrations/0001_initial.py", "tests/test_project.py"} <= names  # fmt: skip


def test_secret_key_is_long_private_and_ignored_by_git(project):
    key = re.search(r"SECRET_KEY=(\S+)", (project / ".env").read_text())[1]
    assert len(key) >= 50
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    assert ".env" in (project / ".gitignore").read_text().split()


def test_two_projects_have_different_keys(project, tmp_path):
    run([*MANOIR, "startproject", "other"], tmp_path)
    assert (tmp_path / "other/.env").read_text() != (project / ".env").read_text()


def test_check_of_a_new_project_finds_nothing(project):
    result = manage(project, "check")
    assert (result.returncode, result.stderr) == (0, "")
    assert "no issues" in result.stdout


def test_new_project_passes_its_own_test(project):
    result = manage(project, "test")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 passed" in result.stdout


def test_migrate_then_nothing_is_left(project):
    result = manage(project, "migrate")
    assert result.returncode == 0
    assert "accounts.0001_initial" in result.stdout
    assert manage(project, "migrate", "--check").returncode == 0


def test_the_first_migration_has_the_projects_own_user(project):
    assert manage(project, "makemigrations", "--check").returncode == 0


def test_people_sign_in_to_a_new_project(project):
    """From nothing to a page for who is signed in, by real processes: migrate, createsuperuser, runserver."""
    manage(project, "migrate")
    password = "correct horse battery"
    made = manage(
        project, "createsuperuser", "--noinput", "--email", "Root@Example.com", MANOIR_SUPERUSER_PASSWORD=password
    )
    assert "'root@example.com' was made" in made.stdout, made.stderr
    with Running(project, "runserver", "PORT", "--noreload") as server:
        server.get()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        site = f"http://127.0.0.1:{server.port}"

        def page(path, **fields):
            data = urllib.parse.urlencode(fields).encode() if fields else None
            with browser.open(f"{site}{path}", data, timeout=15) as answer:
                return answer.url.removeprefix(site), answer.read().decode()

        where, text = page("/accounts/password_change/")
        assert where == "/accounts/login/?next=/accounts/password_change/"
        assert 'type="email"' in text
        assert 'rel="stylesheet" href="/accounts/style.css' in text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[1]
        fields = {"csrfmiddlewaretoken": token, "username": "ROOT@example.com"}
        where, text = page("/accounts/login/", **fields, password="wrong")
        assert "do not fit together" in text
        where, text = page("/accounts/login/?next=/accounts/password_change/", **fields, password=password)
        assert where == "/accounts/password_change/"
        assert "Old password" in text
        where, text = page("/admin/accounts/user/")
        assert where == "/admin/accounts/user/"
        assert "root@example.com" in text


PRODUCTION = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "example.com",
    "SECRET_KEY": "k9" * 15 + "abcdefghijklmnopqrstuvwxyz012345",
}


def test_nothing_is_left_for_production(project):
    """M01, M02, M03: the production settings of a new project are strict."""
    result = manage(project, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (result.returncode, result.stderr) == (0, "")
    assert "no issues" in result.stdout


def test_a_developers_settings_are_not_fit_for_production(project):
    result = manage(project, "check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 1
    assert set(re.findall(r"manoir\.\w+\.[EW]\d+", result.stderr)) == {
        "manoir.security.W004",
        "manoir.security.W008",
        "manoir.security.W016",
        "manoir.security.W018",
        "manoir.security.W020",
        "manoir.mail.W001",
    } | ({"manoir.security.W012"} if "manoir.sessions" in (project / "mysite/settings.py").read_text() else set())


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"SECURE_SSL_REDIRECT": "false"}, "manoir.security.W008"),
        ({"SECURE_HSTS_PRELOAD": "false"}, "manoir.security.W021"),
        ({"ALLOWED_HOSTS": "*"}, "manoir.security.W102"),
        ({"EMAIL_HOST": "smtp.example.com", "EMAIL_USE_TLS": "false"}, "manoir.mail.W002"),
    ],
)
def test_what_the_environment_weakens_is_named(project, change, number):
    result = manage(project, "check", "--deploy", "--fail-level", "WARNING", **{**PRODUCTION, **change})
    assert result.returncode == 1
    assert number in re.findall(r"manoir\.\w+\.[EW]\d+", result.stderr)


def test_production_without_secret_key_does_not_start(project):
    (project / ".env").rename(project / ".env.away")
    try:
        result = manage(project, "check")
    finally:
        (project / ".env.away").rename(project / ".env")
    assert result.returncode == 1
    assert "SECRET_KEY" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_database_url_is_explained(project):
    result = manage(project, "check", DATABASE_URL="postgrse://user:hidden-password@127.0.0.1/x")
    assert result.returncode == 1
    assert "DATABASE_URL" in result.stderr
    assert "hidden-password" not in result.stderr
    assert "Traceback" not in result.stderr


def test_database_that_is_down_is_explained(project):
    port = free_port()
    result = manage(project, "migrate", DATABASE_URL=f"postgresql://user:hidden-password@127.0.0.1:{port}/x")
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "hidden-password" not in result.stderr


def test_app_is_written_and_named(project):
    result = manage(project, "startapp", "blog")
    assert result.returncode == 0
    assert "'blog'" in result.stdout
    assert (project / "blog/models.py").is_file()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2fast", "not a valid name"),
        ("my-site", "'my_site'"),
        ("class", "keyword"),
        ("json", "exists already"),
        ("ünï", "not a valid"),
    ],
)
def test_impossible_names_are_refused(tmp_path, name, message):
    result = run([*MANOIR, "startproject", name], tmp_path)
    assert result.returncode == 1
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_project_is_never_written_over_another(project):
    before = (project / "mysite/settings.py").read_text()
    result = run([*MANOIR, "startproject", "mysite"], project.parent)
    assert result.returncode == 1
    assert "exists already" in result.stderr
    assert (project / "mysite/settings.py").read_text() == before


def test_mistyped_command_suggests_the_right_one(project):
    result = manage(project, "mirgate")
    assert result.returncode == 2
    assert "Did you mean 'migrate'" in result.stderr


def test_help_lists_commands_of_apps(project):
    assert "collectstatic" in manage(project, "help").stdout


def test_outside_of_a_project_the_cure_is_named(tmp_path):
    result = run([*MANOIR, "migrate"], tmp_path)
    assert result.returncode == 1
    assert "startproject" in result.stderr


def test_shell_runs_code_with_await(project):
    result = manage(project, "shell", "-c", "import asyncio; print(await asyncio.sleep(0, 'awaited'))")
    assert result.stdout.strip() == "awaited"


def test_runserver_shows_the_welcome_page_and_ends_within_a_second(project):
    with Running(project, "runserver", "PORT") as server:
        status, text = server.get()
        assert status == 200
        assert "The house stands." in text
        started = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)
        assert time.monotonic() - started < 10  # a second on an idle machine; without signals it would never end
        output = server.process.stdout.read()
    assert "Traceback" not in output
    assert server.process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="groups of processes and forks are POSIX")
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3])
def test_runserver_can_be_ended_while_it_starts(project, delay):
    with Running(project, "runserver", "PORT") as server:
        line = ""
        while "Ctrl-C ends" not in line:
            line = server.process.stdout.readline()
            assert line
        time.sleep(delay)
        os.killpg(server.process.pid, signal.SIGINT)  # as a terminal sends it: to every process
        output = server.process.communicate(timeout=30)[0]
    assert (server.process.returncode, output) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="groups of processes and forks are POSIX")
def test_nothing_serves_on_after_runserver_was_killed(project):
    with Running(project, "runserver", "PORT") as server:
        server.get()
        server.process.kill()  # not reaped yet, as under a shell that is busy
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            except OSError:
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_runserver_reloads_and_recovers(project):
    urls = project / "mysite/urls.py"
    original = urls.read_text()
    page = 'from manoir.http import HttpResponse\nfrom manoir.urls import path\nurlpatterns = [path("", lambda request: HttpResponse("{}"))]\n'
    try:
        with Running(project, "runserver", "PORT") as server:
            server.get(until="The house stands.")
            urls.write_text(page.format("second"))
            server.get(until="second")
            urls.write_text("this is no Python (")
            time.sleep(0.5)
            urls.write_text(page.format("third"))
            server.get(until="third")
    finally:
        urls.write_text(original)


def test_port_in_use_is_explained(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = manage(project, "runserver", str(port))
    assert result.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("address", ["abc", "127.0.0.1:99999", "bad host:8000"])
def test_impossible_addresses_are_refused(project, address):
    result = manage(project, "runserver", address)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_serve_refuses_debug(project):
    result = manage(project, "serve")
    assert result.returncode == 1
    assert "DEBUG is on" in result.stderr


def test_serve_answers_with_static_files(project):
    style = project / "accounts/static/accounts/style.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.write_text("body { color: teal }")
    environment = {"DEBUG": "false", "ALLOWED_HOSTS": "127.0.0.1", "SECURE_SSL_REDIRECT": "false"}
    with Running(project, "serve", "PORT", **environment) as server:
        assert server.get("/static/accounts/style.css", until="teal")[0] == 200
        assert server.get("/")[0] == 404
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)


def test_port_zero_and_forms_of_addresses():
    from manoir.cli._address import parse_address, url_of

    assert parse_address("8765") == ("127.0.0.1", 8765)
    assert parse_address("0:80") == ("0.0.0.0", 80)
    assert parse_address("[::1]:8000") == ("::1", 8000)
    assert parse_address(None) == ("127.0.0.1", 8000)
    assert url_of("0.0.0.0", 80) == "http://127.0.0.1:80/"


def test_templates_of_projects_are_in_the_package():
    import manoir.cli

    assert (Path(manoir.cli.__file__).parent / "templates/project/manage.py-tpl").is_file()
