"""Django, as its documentation sets it up: persistent connections, cached template loader."""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ["BENCH_DATABASE_URL"])
settings.configure(
    SECRET_KEY="benchmark" * 5,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="django_app",
    INSTALLED_APPS=[],
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
            "USER": url.username or "",
            "PASSWORD": url.password or "",
            "HOST": url.hostname or "",
            "PORT": url.port or "",
            "CONN_MAX_AGE": None,
        }
    },
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [os.path.join(os.path.dirname(__file__), "templates")],
        }
    ],
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "world"


def plaintext(request):
    return HttpResponse("Hello, World!", content_type="text/plain; charset=utf-8")


def json(request):
    return JsonResponse({"message": "Hello, World!"})


def db(request):
    row = World.objects.get(pk=4711)
    return JsonResponse({"id": row.id, "name": row.name, "number": row.number})


def rows(request):
    return JsonResponse(
        list(World.objects.filter(id__gt=4711).order_by("id").values("id", "name", "number")[:20]), safe=False
    )


def page(request):
    return render(request, "page.html", {"rows": World.objects.filter(id__gt=4711).order_by("id")[:20]})


urlpatterns = [path("plaintext", plaintext), path("json", json), path("db", db), path("rows", rows), path("page", page)]
sys.modules["django_app"] = sys.modules[__name__]
application = get_wsgi_application()
