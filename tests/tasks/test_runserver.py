"""`runserver --with-worker`: one process for a developer, which serves and runs tasks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.programs import own_environment, run

pytestmark = pytest.mark.slow

TASKS = """
from pathlib import Path
from manoir.tasks import task

@task
async def leave_a_mark(text: str) -> None:
    Path("mark.txt").write_text(text)
"""


def manage(project, *words, status=0):
    done = run([sys.executable, "manage.py", *words], project)
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runserver")
    assert run([sys.executable, "-m", "manoir", "startproject", "mysite"], folder).returncode == 0
    folder /= "mysite"
    (folder / "work").mkdir()
    (folder / "work" / "__init__.py").touch()
    (folder / "work" / "tasks.py").write_text(TASKS)
    with (folder / "mysite" / "settings.py").open("a") as settings:
        settings.write('\nINSTALLED_APPS += ["work"]\n')
        settings.write('if "manoir.tasks" not in INSTALLED_APPS:\n    INSTALLED_APPS += ["manoir.tasks"]\n')
    manage(folder, "migrate")
    return folder


@pytest.mark.skipif(os.name == "nt", reason="the server is told to end by a signal")
def test_runserver_runs_tasks_too(project):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", str(port), "--noreload", "--with-worker"],
        cwd=project,
        env=own_environment(),
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        manage(project, "shell", "-c", "from work.tasks import leave_a_mark; leave_a_mark.delay('done')")
        deadline = time.monotonic() + 90
        while not (project / "mark.txt").exists() or not (project / "mark.txt").read_text():
            assert time.monotonic() < deadline, "The task was not run in time."
            time.sleep(0.05)
        server.send_signal(signal.SIGINT)
        output, _ = server.communicate(timeout=60)
    finally:
        if server.poll() is None:
            server.kill()
            server.communicate()
    assert (project / "mark.txt").read_text() == "done"
    assert server.returncode == 0
    assert "Traceback" not in output
    assert "SUCCESSFUL" in manage(project, "tasks", "list").stdout


def test_backends_without_workers_are_named(project):
    settings = project / "mysite" / "settings.py"
    own = settings.read_text()
    settings.write_text(f'{own}\nTASKS = {{"default": {{"BACKEND": "manoir.tasks.ImmediateBackend"}}}}\n')
    try:
        refused = manage(project, "runserver", "0", "--with-worker", status=1)
        assert "ImmediateBackend" in refused.stderr
        refused = manage(project, "worker", status=1)
        assert "has no workers" in refused.stderr
        refused = manage(project, "worker", "--backend", "celerie", status=1)
        assert "default" in refused.stderr
    finally:
        settings.write_text(own)
