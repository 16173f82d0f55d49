"""Runs the demo site, Atlas: makes the environment, migrates, loads the data once, serves.

python3 scripts/demo.py                                    # http://127.0.0.1:8000 on SQLite
PORT=8765 python3 scripts/demo.py                          # on another port
DATABASE_URL=postgresql://… python3 scripts/demo.py        # on PostgreSQL
"""

import os
import secrets

import environment


def ensure_settings(path):
    """Write the demo's `.env` on the first start: a key of its own, DEBUG on."""
    if not os.path.exists(path):  # noqa: PTH110
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write("SECRET_KEY=%s\nDEBUG=true\n" % secrets.token_urlsafe(50))  # noqa: UP031


if __name__ == "__main__":
    python = environment.ensure(["demo"])
    ensure_settings(os.path.join(environment.ROOT, "demo", ".env"))  # noqa: PTH118
    manage = os.path.join(environment.ROOT, "demo", "manage.py")  # noqa: PTH118
    os.chdir(os.path.dirname(manage))  # noqa: PTH120
    environment.replace_process([python, manage, "start", "127.0.0.1:" + os.environ.get("PORT", "8000")])
