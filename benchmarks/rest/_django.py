"""The settings of the peers on Django."""

import os
from urllib.parse import urlsplit

from django.conf import settings


def configure(urlconf, **further):
    """Configure Django for the application of that name, and set it up."""
    import django

    url = urlsplit(os.environ["BENCH_DATABASE_URL"])
    settings.configure(
        SECRET_KEY="benchmark" * 5,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=urlconf,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "catalog"],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username or "postgres",
                "PASSWORD": url.password or "",
                "HOST": url.hostname,
                "PORT": url.port or 5432,
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        **further,
    )
    django.setup()
