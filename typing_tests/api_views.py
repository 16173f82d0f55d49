"""Views of APIs as projects write them, in strict mode."""

from __future__ import annotations

from typing import Any

from manoir import rest
from manoir.auth import User
from manoir.models import QuerySet
from manoir.rest import Request, Response


class IsOwner(rest.BasePermission):
    message = "Not yours."

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return obj.owner_id == request.user.pk


class IsKnown(rest.BasePermission):
    async def ahas_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user)


class Slow(rest.UserRateThrottle):
    rate = "10/min"


class Pages(rest.PageNumberPagination):
    page_size = 20
    max_page_size = 100


class UserSerializer(rest.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]


class Hello(rest.APIView):
    permission_classes = [IsOwner & IsKnown | ~rest.IsAdminUser]
    throttle_classes = [Slow]

    async def get(self, request: Request, name: str) -> Response:
        return Response({"hello": name, "method": request.method})

    def post(self, request: Request, name: str) -> Response:
        return Response(request.data, status=201)


class UserViewSet(rest.ModelViewSet):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    permission_classes = [rest.IsAuthenticated]
    pagination_class = Pages
    filterset_fields = {"username": ["exact", "icontains"]}
    search_fields = ["username"]

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.filter(is_active=True)

    async def aperform_create(self, serializer: Any) -> None:
        await serializer.asave()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @rest.action(detail=True, methods=["post"])
    async def block(self, request: Request, pk: str | None = None) -> Response:
        user = await self.aget_object()
        return Response({"blocked": user.pk})


@rest.api_view(["GET"])
@rest.decorators.permission_classes([rest.AllowAny])
async def ping(request: Request) -> Response:
    return Response({"pong": True})


router = rest.DefaultRouter()
router.register("users", UserViewSet)
urlpatterns = router.urls
view = Hello.as_view()
