"""Settings of the test suite; rooms override what they test."""

from __future__ import annotations

SECRET_KEY = "only-for-tests-" + "0123456789abcdef" * 3
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "manoir.contenttypes",
    "manoir.auth",
    "manoir.sessions",
    "manoir.tasks",
    "manoir.rest",
    "manoir.rest.jwt",
    "tests.library",
    "tests.gallery",
    "tests.labels",
]
DATABASES = {"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}}
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "manoir.models.BigAutoField"
