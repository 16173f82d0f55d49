"""Whatever a request made goes away with it, without waiting for the garbage collector."""

from __future__ import annotations

import gc
import weakref
from typing import ClassVar

import pytest

from manoir import rest
from manoir.http import HttpRequest
from manoir.testing import APIRequestFactory
from tests.library.models import Tag


class TagSerializer(rest.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "label"]


class TagViewSet(rest.ModelViewSet):
    queryset = Tag.objects.order_by("label")
    serializer_class = TagSerializer
    authentication_classes = []
    permission_classes = [rest.AllowAny]
    renderer_classes = [rest.JSONRenderer]
    made: ClassVar[list[weakref.ref[object]]] = []

    def get_serializer(self, *args, **kwargs):
        serializer = super().get_serializer(*args, **kwargs)
        self.made += [weakref.ref(one) for one in (self, self.request, serializer)]
        return serializer


@pytest.fixture
def _collector_rests():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_collector_rests")
@pytest.mark.parametrize("method", ["get", "head"])
async def test_a_request_of_an_api_leaves_no_circles(database, method):
    await Tag.objects.acreate(label="Art", slug="art")
    made: list[weakref.ref[object]] = []
    view = TagViewSet.as_view({"get": "list", "post": "create"})

    async def answer() -> None:
        request: HttpRequest = getattr(APIRequestFactory(), method)("/")
        made.append(weakref.ref(request))
        response = await view(request)
        made.append(weakref.ref(response))
        assert response.render().status_code == 200

    TagViewSet.made = made
    await answer()  # which makes the plan
    made.clear()
    await answer()

    assert len(made) == 5
    assert [one() for one in made] == [None] * len(made)
