from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SETTINGS = "SECRET_KEY = '0123456789abcdefghijklmnopqrstuvwxyz'\nINSTALLED_APPS = ['shop']\n"


def run(tmp_path: Path, settings: str, code: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Set a project up in a process of its own, because `setup()` changes the whole process."""
    (tmp_path / "conf.py").write_text(settings)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    for name, text in files.items():
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    environ = {**os.environ, "MANOIR_SETTINGS_MODULE": "conf", "PYTHONPATH": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-W", "default::UserWarning", "-c", code],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_setup_loads_settings_logging_and_apps_once(tmp_path: Path) -> None:
    apps = (
        "from manoir.apps import AppConfig\nclass Shop(AppConfig):\n    name = 'shop'\n"
        "    def ready(self):\n        import logging\n        logging.getLogger('manoir.shop').error('ready')\n"
    )
    code = (
        "import threading, manoir\n"
        "threads = [threading.Thread(target=manoir.setup) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "manoir.setup()\nfrom manoir.apps import apps\nprint(apps.ready, [c.label for c in apps.get_app_configs()])\n"
    )
    done = run(tmp_path, SETTINGS, code, apps=apps)
    assert (done.returncode, done.stdout) == (0, "True ['shop']\n"), done.stderr
    assert done.stderr.count("ERROR manoir.shop: ready") == 1


def test_all_errors_of_environment_settings_logging_and_apps_come_at_once(tmp_path: Path) -> None:
    settings = (
        "from manoir.conf import Env\nenv = Env({})\nPORT = env.int('PORT')\nDEBUG = 'yes'\n"
        "INSTALLED_APPS = ['shop', 'shp', 'manoir.cnf']\nLOGGING = {'version': 2}\n"
        "DATABASES = {'default': {'ENGINE': 'postgres'}}\n"
    )
    done = run(tmp_path, settings, "import manoir\nmanoir.setup()")
    assert done.returncode == 1
    for expected in (
        "6 problems in conf (",
        "The environment variable PORT is not set",
        "DEBUG must be True or False, not the string 'yes'",
        "unknown ENGINE 'postgres'. Did you mean",
        "LOGGING cannot be used: Unsupported version: 2",
        "INSTALLED_APPS has 'shp', which cannot be found. There is no package or module 'shp'. Did you mean 'shop'",
        "Package 'manoir' has no module 'cnf'. Did you mean 'conf'",
    ):
        assert expected in done.stderr


def test_a_failed_setup_can_be_tried_again(tmp_path: Path) -> None:
    code = (
        "import manoir, pathlib\n"
        "try:\n    manoir.setup()\nexcept manoir.exceptions.ImproperlyConfigured as error:\n    print(error)\n"
        "import time, os\np = pathlib.Path('conf.py')\np.write_text(p.read_text().replace('SECRET', 'X = 1\\nSECRET'))\n"
        "p.write_text(p.read_text() + 'DEBUG = True')\nmanoir.setup()\nprint('second')\n"
    )
    code = "import manoir.exceptions\n" + code
    done = run(tmp_path, "SECRET_KEY = 'short'\nINSTALLED_APPS = ['shop']\n", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SECRET_KEY is too weak")
    assert done.stdout.endswith("second\n")


def test_a_near_miss_is_warned_about(tmp_path: Path) -> None:
    done = run(tmp_path, SETTINGS + "ALOWED_HOSTS = []\n", "import manoir\nmanoir.setup()")
    assert done.returncode == 0
    assert "sets ALOWED_HOSTS. Did you mean ALLOWED_HOSTS?" in done.stderr


def test_setup_stays_light(tmp_path: Path) -> None:
    code = (
        "import manoir, sys\nmanoir.setup()\nprint([m for m in ('sqlalchemy', 'rich', 'granian') if m in sys.modules])"
    )
    assert run(tmp_path, SETTINGS, code).stdout == "[]\n"
