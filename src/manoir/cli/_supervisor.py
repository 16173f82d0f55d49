"""Reloading: a parent that watches files, and a child that serves; each change gets a fresh child.

The child comes out of a fork server in which heavy packages are imported already, so a reload costs the import of the
project, not of the framework. A child that cannot start (a syntax error, say) prints why, and the parent waits for the
next change.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterable
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from manoir._setup import setup
from manoir.cli._development import DevelopmentServer
from manoir.exceptions import ManoirError

PRELOADED = [
    "sqlalchemy.ext.asyncio",
    "granian.server.embed",
    "msgspec",
    "multipart",
    "markupsafe",
    "manoir.server",
    "manoir.forms",
]
WATCHED_SUFFIXES = frozenset({".py", ".env", ".toml", ".mo"})
IGNORED_DIRECTORIES = frozenset(
    {"__pycache__", ".git", ".venv", "node_modules", ".pytest_cache", "staticfiles", "media"}
)
STOP_SECONDS = 0.7
PACKAGE = Path(__file__).resolve().parents[1]
STANDARD_LIBRARY = sysconfig.get_path("stdlib")


class Supervisor:
    """Runs the development server in a child process, anew after each change of the project's files.

    Args:
        host: address to listen on.
        port: port to listen on.
        directories: what is watched.
        with_worker: the child runs tasks as well.
    """

    def __init__(self, host: str, port: int, directories: Iterable[Path], *, with_worker: bool = False) -> None:
        self.host = host
        self.port = port
        self.with_worker = with_worker
        self.directories = [path for path in directories if path.is_dir()]
        self._context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
        self._child: BaseProcess | None = None
        self._stop = threading.Event()

    def run(self) -> None:
        """Serve and reload until SIGINT or SIGTERM."""
        from watchfiles import watch  # heavy: loaded on first need

        self.take_signals()
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload(PRELOADED)
            start_fork_server()
        self.start()
        try:
            for changes in watch(
                *self.directories,
                watch_filter=lambda _, path: is_source(Path(path)),
                debounce=100,
                step=25,
                rust_timeout=500,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
            ):
                if self._stop.is_set():
                    break
                if changes:
                    names = sorted({Path(path).name for _, path in changes})
                    sys.stderr.write(f"{', '.join(names[:3])} changed, reloading.\n")
                    self.stop()
                    self.start()
        finally:
            self.stop()

    def take_signals(self) -> None:
        """Have SIGINT and SIGTERM end `run()`, also one that comes before it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())

    def start(self) -> None:
        """Start a child."""
        self._child = self._context.Process(
            target=serve_in_child,
            args=(self.host, self.port, dict(os.environ), sys.path[:], self.with_worker),
            name="runserver",
        )
        self._child.start()

    def stop(self) -> None:
        """End the child: politely, then not."""
        child = self._child
        if child is None:
            return
        if child.is_alive():
            child.terminate()
            child.join(STOP_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
        self._child = None


def start_fork_server() -> None:
    """Start the fork server, deaf to Ctrl-C: it would print a traceback while it imports, and end with its parent anyhow."""
    from multiprocessing import forkserver, resource_tracker  # Unix only

    resource_tracker.ensure_running()  # first, because it lifts the mask
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def is_source(path: Path) -> bool:
    """Tell whether a change of this file asks for a reload."""
    return (
        path.suffix in WATCHED_SUFFIXES | {""}
        and path.name != ""
        and not IGNORED_DIRECTORIES & set(path.parts)
        and (path.suffix != "" or path.name == ".env")
    )


def serve_in_child(
    host: str, port: int, environment: dict[str, str], path: list[str], with_worker: bool = False
) -> None:
    """Set the project up anew and serve it; errors of the project are told, and the parent waits for a change."""
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = path
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        setup()
        DevelopmentServer(host, port, with_worker=with_worker).run()
    except Exception as error:
        sys.stderr.write(explain(error))
        sys.stderr.write("\nThe server waits for a change that cures this.\n")


def explain(error: Exception) -> str:
    """Return what is wrong: the message of an error of manoir's, otherwise the traceback without foreign frames."""
    if isinstance(error, ManoirError):
        return f"{error}\n"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((str(PACKAGE), "<frozen", STANDARD_LIBRARY))
        and "site-packages" not in frame.filename
    ]
    return "".join(
        [*traceback.format_list(frames), *traceback.format_exception_only(error)]
        if frames
        else traceback.format_exception(error)
    )


def end_with_parent() -> None:
    """End this process when its parent is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
