"""Makes the project's environment in `.venv`: what `demo.py` and `test.py` need before they can start.

Runs under any Python 3, so that one which is too old is told so in a sentence instead of a SyntaxError.
"""

import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
ENVIRONMENT = os.path.join(ROOT, ".venv")  # noqa: PTH118
OLDEST = (3, 11)


def fail(message):
    """Say what is wrong and how to cure it, and end."""
    sys.stderr.write(message.rstrip() + "\n")
    raise SystemExit(1)


def check_python():
    """End with the cure when this Python is too old or cannot make environments."""
    if sys.version_info < OLDEST:
        found = "%d.%d (%s)" % (sys.version_info[0], sys.version_info[1], sys.executable)  # noqa: UP031
        newer = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
        cure = (
            "Run it with one that is installed here: %s %s" % (newer[0], " ".join(sys.argv))  # noqa: UP031
            if newer
            else "Install one, for example with your system's package manager or from python.org, then run this again."
        )
        fail("manoir needs Python 3.11 or newer; this is Python %s.\n%s" % (found, cure))  # noqa: UP031
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = "%d.%d" % sys.version_info[:2]  # noqa: UP031
        fail(
            "This Python (%s) lacks the module 'venv', which makes environments.\n"  # noqa: UP031
            "On Debian and Ubuntu: sudo apt install python%s-venv. Elsewhere, install a complete Python."
            % (sys.executable, version)
        )


def python_in_environment():
    """Return the path of the environment's interpreter."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(ENVIRONMENT, folder, name)  # noqa: PTH118


def ensure(extras):
    """Make `.venv` and install manoir with `extras` into it, unless that is done already.

    Args:
        extras: names of optional dependencies of pyproject.toml, such as ["demo"].

    Returns:
        The path of the environment's interpreter.
    """
    check_python()
    python = python_in_environment()
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:  # noqa: PTH118, PTH123
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(ENVIRONMENT, ".manoir-" + "-".join(sorted(extras)))  # noqa: PTH118
    if os.path.exists(python) and os.path.exists(stamp):  # noqa: PTH110
        with open(stamp) as file:  # noqa: PTH123
            if file.read() == wanted:
                return python
    if not os.path.exists(python):  # noqa: PTH110
        print("Making the environment .venv …", flush=True)
        run([sys.executable, "-m", "venv", ENVIRONMENT], "The environment could not be made.")
    print("Installing manoir with: %s …" % ", ".join(extras), flush=True)  # noqa: UP031
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable"]
    run(
        [*install, ROOT + "[" + ",".join(extras) + "]"],
        "The packages could not be installed. Check the network and pip's settings, then run this again.",
    )
    with open(stamp, "w") as file:  # noqa: PTH123
        file.write(wanted)
    return python


def run(command, cure):
    """Run one command; end with `cure` when it fails."""
    try:
        subprocess.run(command, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        fail("%s\n%s" % (error, cure))  # noqa: UP031


def replace_process(command, environment=None):
    """Become `command`, so that Ctrl-C and the exit status belong to it alone."""
    sys.stdout.flush()
    if os.name == "nt":
        raise SystemExit(subprocess.call(command, env=environment))
    os.execve(command[0], command, environment or dict(os.environ))  # noqa: S606


def ensure_demo_settings():
    """Write the demo's `.env` where there is none: a key of its own, DEBUG on."""
    path = os.path.join(ROOT, "demo", ".env")  # noqa: PTH118
    if not os.path.exists(path):  # noqa: PTH110
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write("SECRET_KEY=%s\nDEBUG=true\n" % secrets.token_urlsafe(50))  # noqa: UP031
