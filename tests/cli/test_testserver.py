"""`testserver`, as a real process: the rows of fixtures are served, and the project's own database is left alone."""

import signal
import sys
from pathlib import Path

import pytest

from tests.cli.test_projects import MANOIR, Running, manage
from tests.programs import run

pytestmark = pytest.mark.slow

URLS = """
from manoir.http import HttpResponse
from manoir.urls import path
from notes.models import Note

async def front(request):
    return HttpResponse(",".join([note.text async for note in Note.objects.order_by("pk")]) or "no notes")

urlpatterns = [path("", front)]
"""
MODELS = "from manoir import models\n\nclass Note(models.Model):\n    text = models.CharField(max_length=20)\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    assert run([*MANOIR, "startproject", "mysite"], folder).returncode == 0
    made = folder / "mysite"
    assert run([sys.executable, "manage.py", "startapp", "notes"], made).returncode == 0
    (made / "notes" / "models.py").write_text(MODELS)
    (made / "notes" / "fixtures").mkdir()
    (made / "notes" / "fixtures" / "two.json").write_text(
        '[{"model": "notes.note", "pk": 1, "fields": {"text": "first"}},'
        ' {"model": "notes.note", "pk": 2, "fields": {"text": "second"}}]'
    )
    (made / "mysite" / "urls.py").write_text(URLS)
    settings = made / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + '\nINSTALLED_APPS += ["notes"]\n')
    for command in ("makemigrations", "migrate"):
        result = manage(made, command)
        assert result.returncode == 0, result.stderr
    return made


def test_fixtures_are_served_and_the_projects_database_is_left_alone(project: Path) -> None:
    with Running(project, "testserver", "two", "--addrport", "PORT", "--noinput") as server:
        assert server.get() == (200, "first,second")
        server.process.send_signal(signal.SIGINT)
        output = server.process.communicate(timeout=30)[0]
    assert "Installed 2 object(s) from 1 fixture(s)" in output
    assert "Traceback" not in output
    assert server.process.returncode == 0
    with Running(project, "runserver", "PORT", "--noreload") as server:
        assert server.get() == (200, "no notes")


def test_a_fixture_that_is_not_there_is_named(project: Path) -> None:
    result = manage(project, "testserver", "tow", "--addrport", "0")
    assert "There is no fixture 'tow'. Did you mean 'two'?" in result.stderr
    assert result.returncode == 1
