"""Settings of the project that the examples of the documentation run in."""

from pathlib import Path

SECRET_KEY = "only-for-the-examples-of-the-documentation-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = [
    "manoir.contenttypes",
    "manoir.auth",
    "manoir.sessions",
    "manoir.messages",
    "manoir.admin",
    "manoir.staticfiles",
    "manoir.tasks",
    "manoir.rest",
    "manoir.rest.jwt",
    "shop",
    "notes",
    "gallery",
]
ROOT_URLCONF = "bookshop.urls"
MIDDLEWARE = [
    "manoir.middleware.SecurityMiddleware",
    "manoir.sessions.SessionMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.messages.MessageMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}}
STATIC_URL = "static/"
MEDIA_URL = "media/"
MEDIA_ROOT = Path(__file__).parent.parent / "media"  # each page of the documentation has its own
CACHES = {"default": {"BACKEND": "manoir.cache.LocMemCache"}}
EMAIL_BACKEND = "manoir.mail.InMemoryBackend"
