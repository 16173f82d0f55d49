"""manoir, with the middleware of a new project."""

import os
import sys

from manoir.conf import parse_database_url, settings

settings.configure(
    SECRET_KEY="benchmark" * 5,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="manoir_app",
    INSTALLED_APPS=["manoir.contenttypes", "manoir.auth", "manoir.sessions", "manoir.rest"],
    MIDDLEWARE=[
        "manoir.middleware.SecurityMiddleware",
        "manoir.middleware.CommonMiddleware",
        "manoir.security.CsrfViewMiddleware",
        "manoir.middleware.XFrameOptionsMiddleware",
        "manoir.middleware.ContentSecurityPolicyMiddleware",
    ],
    SECURE_CSP={"default-src": ["'self'"]},
    DATABASES={"default": parse_database_url(os.environ["BENCH_DATABASE_URL"])},
    LOGGING={"version": 1, "loggers": {"manoir.server": {"level": "ERROR"}}},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["manoir.rest.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)

from manoir import models, setup

setup()

from manoir import rest
from manoir.urls import include, path


class Author(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "catalog"


class Tag(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=40)

    class Meta:
        app_label = "catalog"
        ordering = ["id"]


class Book(models.Model):
    id = models.AutoField(primary_key=True)
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    published = models.DateField()
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "catalog"


class AuthorSerializer(rest.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class TagSerializer(rest.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]


class BookSerializer(rest.ModelSerializer):
    author = AuthorSerializer()
    tags = TagSerializer(many=True)

    class Meta:
        model = Book
        fields = ["id", "title", "price", "published", "author", "tags"]


class NewBookSerializer(rest.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "published", "author", "tags"]
        extra_kwargs = {"price": {"min_value": 0}}


class BookViewSet(rest.ModelViewSet):
    queryset = Book.objects.filter(id__lte=50).order_by("id")

    def get_serializer_class(self):
        return NewBookSerializer if self.action == "create" else BookSerializer


router = rest.DefaultRouter()
router.register("books", BookViewSet)
urlpatterns = [path("", include(router.urls))]
sys.modules["manoir_app"] = sys.modules[__name__]

from manoir.app import Manoir

application = Manoir()
