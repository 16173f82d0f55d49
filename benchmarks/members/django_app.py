"""Django, as its documentation sets it up, with the apps and middleware of a new project."""

import os
import sys
from urllib.parse import urlsplit

import django
from _page import FIRST, ROWS, USERNAME
from django.conf import settings

url = urlsplit(os.environ["BENCH_DATABASE_URL"])
settings.configure(
    SECRET_KEY="benchmark" * 5,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="django_app",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    CSRF_USE_SESSIONS=True,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
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
            "OPTIONS": {
                "context_processors": ["django.contrib.auth.context_processors.auth"],
            },
        }
    ],
)
django.setup()

from django.contrib.auth import get_user_model, login
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "world"


def empty(request):
    return HttpResponse()


def signin(request):
    call_command("migrate", verbosity=0)
    people = get_user_model()
    user = people.objects.filter(username=USERNAME).first() or people.objects.create_user(USERNAME, password="password")
    login(request, user)
    return HttpResponse("signed in")


def page(request):
    return render(request, "rows.html", {"rows": World.objects.filter(id__gt=FIRST).order_by("id")[:ROWS]})


urlpatterns = [path("plaintext", empty), path("signin", signin), path("page", page)]
sys.modules["django_app"] = sys.modules[__name__]
application = get_wsgi_application()
