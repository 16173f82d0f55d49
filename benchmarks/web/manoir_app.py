"""manoir, with the middleware of a new project."""

import os
import sys

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
    DATABASES={"default": parse_database_url(os.environ["BENCH_DATABASE_URL"])},
    TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "DIRS": [os.path.join(os.path.dirname(__file__), "templates")]}],
    LOGGING={"version": 1, "loggers": {"manoir.server": {"level": "ERROR"}}},
)

from manoir import models, setup
from manoir.http import HttpResponse, JsonResponse
from manoir.shortcuts import render
from manoir.urls import path

setup()


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "world"


async def plaintext(request):
    return HttpResponse("Hello, World!", content_type="text/plain; charset=utf-8")


async def json(request):
    return JsonResponse({"message": "Hello, World!"})


async def db(request):
    row = await World.objects.aget(pk=4711)
    return JsonResponse({"id": row.id, "name": row.name, "number": row.number})


async def rows(request):
    found = World.objects.filter(id__gt=4711).order_by("id").values("id", "name", "number")[:20]
    return JsonResponse([row async for row in found], safe=False)


async def page(request):
    return render(request, "page.html", {"rows": World.objects.filter(id__gt=4711).order_by("id")[:20]})


urlpatterns = [path("plaintext", plaintext), path("json", json), path("db", db), path("rows", rows), path("page", page)]
sys.modules["manoir_app"] = sys.modules[__name__]

from manoir.app import Manoir

application = Manoir()
