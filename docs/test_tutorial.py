"""The tutorial, done: its files are written, its commands run, in a folder of its own, page after page."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TUTORIAL = Path(__file__).parent / "tutorial"
PAGES = sorted(TUTORIAL.glob("[0-9]-*.md"))
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HEADER = re.compile(r"(?:# |\{# |/\* )(?P<path>[\w./]+\.\w+)(?: #\}| \*/)?\n")
OTHERS = ("MANOIR_", "PYTEST_", "DATABASE_URL", "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
"""What the machine has set, without what would be read as the project's settings."""
SECONDS = 60


class Reader:
    """Somebody who does what the pages say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = ""

    def read(self, page: Path) -> None:
        """Do one page, block by block."""
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            do = getattr(self, f"do_{block['language']}")
            do(block["text"])

    def do_python(self, text: str) -> None:
        """Write a file, or type into the shell."""
        if text.startswith("# typed into the shell\n"):
            self.run("python manage.py shell", typed=text)
        else:
            self.write(text)

    def do_html(self, text: str) -> None:
        """Write a template."""
        self.write(text)

    do_css = do_html

    def write(self, text: str) -> None:
        """Write the file that the first line names."""
        header = HEADER.match(text)
        assert header is not None, f"No file is named by the first line of:\n{text}"
        path = self.folder / header["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text[header.end() :], encoding="utf-8")

    def do_diff(self, text: str) -> None:
        """Add the marked lines to a file, behind the line that stands above them."""
        name, *lines = text.splitlines()
        path = self.folder / name.removeprefix("--- ")
        before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
        after = "\n".join(line[1:] for line in lines)
        source = path.read_text(encoding="utf-8")
        assert before in source
        path.write_text(source.replace(before, after), encoding="utf-8")

    def do_output(self, text: str) -> None:
        """Compare what the last command printed."""
        assert self.output == text

    def do_console(self, text: str) -> None:
        """Run the commands; lines below a command have to be part of what it prints."""
        for line in text.splitlines():
            if line.startswith("$ cd "):
                self.folder /= line.removeprefix("$ cd ")
            elif line == "$ python manage.py runserver":
                self.look_at_site()
            elif line == "$ python manage.py shell":
                pass  # what is typed into it follows
            elif line.startswith("$ "):
                self.run(line.removeprefix("$ "))
            else:
                assert line in self.output, f"{line!r} is not part of:\n{self.output}"

    def run(self, command: str, *, typed: str | None = None) -> None:
        """Run one command; `manoir` and `python` are those of this environment."""
        words = shlex.split(command)
        words[:1] = [sys.executable] if words[0] == "python" else [sys.executable, "-m", words[0]]
        done = subprocess.run(
            words, cwd=self.folder, env=ENVIRONMENT, input=typed, capture_output=True, text=True, timeout=SECONDS
        )
        self.output = done.stdout if typed is not None else done.stdout + done.stderr
        expects_error = "-c" in words
        assert (done.returncode == 0) is not expects_error, f"{command}\n{done.stdout}{done.stderr}"

    def look_at_site(self) -> None:
        """Start the development server on a free port, and fetch its first page."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "manage.py", "runserver", str(port), "--noreload"]
        server = subprocess.Popen(command, cwd=self.folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
        try:
            status = self.fetch(f"http://127.0.0.1:{port}/")
        finally:
            server.terminate()
            _, errors = server.communicate(timeout=10)
        assert status == 200, errors
        assert "Traceback" not in errors, errors

    def fetch(self, url: str) -> int:
        """Return the status of a page, as soon as the server listens."""
        end = time.monotonic() + SECONDS / 3
        while True:
            try:
                with urllib.request.urlopen(url, timeout=SECONDS / 6) as response:
                    return response.status
            except urllib.error.HTTPError as error:
                error.close()
                return error.code
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)


def test_tutorial_works_as_it_stands(tmp_path):
    reader = Reader(tmp_path)
    for page in PAGES:
        reader.read(page)
    assert (reader.folder / "trails" / "migrations" / "0001_initial.py").exists()
