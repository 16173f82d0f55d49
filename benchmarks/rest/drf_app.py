"""Django REST framework."""

import sys

from _django import configure

configure(
    "drf_app",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)

from catalog.models import Author, Book, Tag
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from rest_framework import routers, serializers, viewsets


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()
    tags = TagSerializer(many=True)

    class Meta:
        model = Book
        fields = ["id", "title", "price", "published", "author", "tags"]


class NewBookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "published", "author", "tags"]
        extra_kwargs = {"price": {"min_value": 0}}


class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.filter(id__lte=50).select_related("author").prefetch_related("tags").order_by("id")

    def get_serializer_class(self):
        return NewBookSerializer if self.action == "create" else BookSerializer


router = routers.DefaultRouter()
router.register("books", BookViewSet)
urlpatterns = [path("", include(router.urls))]
sys.modules["drf_app"] = sys.modules[__name__]
application = get_wsgi_application()
