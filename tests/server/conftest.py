"""The project that the tests of the server run."""

from pathlib import Path

import pytest

TEMPLATES = [{"BACKEND": "manoir.templates.Engine", "DIRS": [Path(__file__).parent / "templates"]}]


@pytest.fixture
def project(settings):
    """The settings with the URLs and templates of this folder, no middleware, no database."""
    settings.ROOT_URLCONF = "tests.server.urls"
    settings.MIDDLEWARE = []
    settings.TEMPLATES = TEMPLATES
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
    settings.DEBUG = False
    return settings
