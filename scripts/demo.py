"""Runs the demo site, Atlas: makes the environment, migrates, loads the data once, serves.

python3 scripts/demo.py                                    # http://127.0.0.1:8000 on SQLite
PORT=8765 python3 scripts/demo.py                          # on another port
DATABASE_URL=postgresql://… python3 scripts/demo.py        # on PostgreSQL
"""

import os

import environment

if __name__ == "__main__":
    python = environment.ensure(["demo"])
    environment.ensure_demo_settings()
    manage = os.path.join(environment.ROOT, "demo", "manage.py")  # noqa: PTH118
    os.chdir(os.path.dirname(manage))  # noqa: PTH120
    environment.replace_process([python, manage, "start", "127.0.0.1:" + (os.environ.get("PORT") or "8000")])
