"""Every hook of the API's classes goes through the shared table of two colours."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from manoir import rest
from manoir.bridge import hook_conflicts, hook_pairs
from manoir.rest.request import Request
from manoir.testing import APIRequestFactory
from tests.bridge.hook_table import PLACES, SHAPES, HookCase, check_hook
from tests.rest.notebook import Note

factory = APIRequestFactory()
REQUEST = SimpleNamespace(
    user=SimpleNamespace(is_authenticated=True, is_active=True, is_staff=True, pk=1),
    method="GET",
    query_params=factory.get("/").GET,
    client_ip="127.0.0.1",
    headers=factory.get("/").headers,
    META={},
)


class Saved:
    async def asave(self):
        return None

    async def adelete(self):
        return None


def view(cls):
    made = cls()
    made.queryset = Note.objects.none()
    made.serializer_class = None
    http_request = factory.get("/")
    made.setup(http_request, pk=1)
    made.request = Request(http_request)
    made.request.user = SimpleNamespace(is_authenticated=False, pk=None)
    made.request.auth = None
    made.format_kwarg = None
    made.headers = {}
    made.permission_classes = made.throttle_classes = made.filter_backends = []
    made.pagination_class = None
    return made


def plain(cls):
    return cls()


def throttle(cls):
    cls.rate = None
    cls.scope = "user"
    return cls()


Generic = rest.GenericAPIView
CASES = [
    HookCase(Generic, "initial", view, args=(view(Generic).request,)),
    HookCase(Generic, "perform_authentication", view, args=(view(Generic).request,)),
    HookCase(Generic, "check_permissions", view, args=(REQUEST,)),
    HookCase(Generic, "check_object_permissions", view, args=(REQUEST, None)),
    HookCase(Generic, "check_throttles", view, args=(REQUEST,)),
    HookCase(Generic, "finalize_response", view, args=(view(Generic).request, rest.Response())),
    HookCase(Generic, "handle_exception", view, args=(rest.NotFound(),)),
    HookCase(Generic, "get_queryset", view),
    HookCase(Generic, "filter_queryset", view, args=([],)),
    HookCase(Generic, "paginate_queryset", view, args=([],)),
    HookCase(rest.CreateAPIView, "perform_create", view, args=(Saved(),)),
    HookCase(rest.UpdateAPIView, "perform_update", view, args=(Saved(),)),
    HookCase(rest.DestroyAPIView, "perform_destroy", view, args=(Saved(),)),
    HookCase(rest.BasePermission, "has_permission", plain, args=(REQUEST, None)),
    HookCase(rest.BasePermission, "has_object_permission", plain, args=(REQUEST, None, None)),
    HookCase(rest.IsAuthenticated, "has_permission", plain, args=(REQUEST, None)),
    HookCase(rest.TokenAuthentication, "authenticate", plain, args=(REQUEST,)),
    HookCase(rest.BasicAuthentication, "authenticate", plain, args=(REQUEST,)),
    HookCase(rest.UserRateThrottle, "allow_request", throttle, args=(REQUEST, None)),
    HookCase(rest.PageNumberPagination, "paginate_queryset", plain, args=([], REQUEST)),
    HookCase(rest.SearchFilter, "filter_queryset", plain, args=(REQUEST, [], None)),
    HookCase(rest.OrderingFilter, "filter_queryset", plain, args=(REQUEST, [], None)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.base.__name__}.{case.name}")
def test_hook_of_either_colour(case):
    for shape, place in itertools.product(SHAPES, PLACES):
        check_hook(case, shape, place)


CLASSES = [
    rest.ModelViewSet, rest.ReadOnlyModelViewSet, rest.RetrieveUpdateDestroyAPIView, rest.ListCreateAPIView,
    rest.IsAdminUser, rest.IsAuthenticatedOrReadOnly, rest.DjangoModelPermissions, rest.DjangoObjectPermissions,
    rest.SessionAuthentication, rest.BasicAuthentication, rest.TokenAuthentication, rest.RemoteUserAuthentication,
    rest.AnonRateThrottle, rest.UserRateThrottle, rest.ScopedRateThrottle, rest.PageNumberPagination,
    rest.LimitOffsetPagination, rest.CursorPagination, rest.DjangoFilterBackend, rest.SearchFilter,
    rest.OrderingFilter, rest.SimpleMetadata,
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES)
def test_no_class_of_ours_overrides_both_colours(cls):
    assert (hook_conflicts(cls), bool(hook_pairs(cls))) == ([], True)
