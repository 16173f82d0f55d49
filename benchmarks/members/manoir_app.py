"""manoir, with the middleware of a new project: sessions, users, CSRF, messages, headers."""

import os
import sys

from _page import FIRST, ROWS, USERNAME

from manoir.conf import parse_database_url, settings

settings.configure(
    SECRET_KEY="benchmark" * 5,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="manoir_app",
    INSTALLED_APPS=["manoir.contenttypes", "manoir.auth", "manoir.sessions", "manoir.messages"],
    MIDDLEWARE=[
        "manoir.middleware.SecurityMiddleware",
        "manoir.sessions.SessionMiddleware",
        "manoir.middleware.CommonMiddleware",
        "manoir.security.CsrfViewMiddleware",
        "manoir.auth.AuthenticationMiddleware",
        "manoir.messages.MessageMiddleware",
        "manoir.middleware.XFrameOptionsMiddleware",
        "manoir.middleware.ContentSecurityPolicyMiddleware",
    ],
    SECURE_CSP={"default-src": ["'self'"]},
    CSRF_USE_SESSIONS=True,
    PASSWORD_HASHERS=["manoir.auth.MD5PasswordHasher"],
    DATABASES={"default": parse_database_url(os.environ["BENCH_DATABASE_URL"])},
    TEMPLATES=[
        {
            "BACKEND": "manoir.templates.Engine",
            "DIRS": [os.path.join(os.path.dirname(__file__), "templates")],
            "OPTIONS": {
                "context_processors": ["manoir.auth.context_processors.auth"],
            },
        }
    ],
    LOGGING={"version": 1, "loggers": {"manoir.server": {"level": "ERROR"}}},
)

from manoir import models, setup
from manoir.http import HttpResponse
from manoir.shortcuts import render
from manoir.urls import path

setup()

from manoir.auth import User, alogin
from manoir.bridge import to_thread
from manoir.commands import call_command


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "world"


async def empty(request):
    return HttpResponse()


async def signin(request):
    await to_thread(call_command, "migrate", verbosity=0)
    user = await User.objects.filter(username=USERNAME).afirst()
    await alogin(request, user or await User.objects.acreate_user(USERNAME, password="password"))
    return HttpResponse("signed in")


async def page(request):
    return render(request, "rows.html", {"rows": World.objects.filter(id__gt=FIRST).order_by("id")[:ROWS]})


urlpatterns = [path("plaintext", empty), path("signin", signin), path("page", page)]
sys.modules["manoir_app"] = sys.modules[__name__]

from manoir.app import Manoir

application = Manoir()
