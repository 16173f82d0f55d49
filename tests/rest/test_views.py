"""APIView and @api_view: what a request meets before its handler, and what its answer has."""

from __future__ import annotations

import pytest

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import Http404, ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from manoir.rest.decorators import api_view, parser_classes, permission_classes, renderer_classes
from manoir.rest.exceptions import APIException, NotFound, ValidationError
from manoir.rest.parsers import JSONParser
from manoir.rest.permissions import AllowAny, IsAuthenticated
from manoir.rest.renderers import JSONRenderer
from manoir.rest.request import Request
from manoir.rest.response import Response
from manoir.rest.routers import DefaultRouter
from manoir.rest.settings import APISettings, api_settings
from manoir.rest.views import APIView
from manoir.testing import APIClient, APIRequestFactory
from manoir.urls import path

factory = APIRequestFactory()


class Echo(APIView):
    renderer_classes = [JSONRenderer]

    async def get(self, request):
        return Response({"colour": "async", "can_wait": bridge.can_wait()})

    def post(self, request):
        return Response({"got": request.data, "can_wait": bridge.can_wait()}, status=201)

    def delete(self, request):
        raise {"404": Http404, "403": PermissionDenied, "418": Teapot, "400": ValidationError}[
            request.query_params["with"]
        ]

    def patch(self, request):
        return None

    def put(self, request):
        raise RuntimeError("a bug")


class Teapot(APIException):
    status_code = 418
    default_detail = "I am one."
    default_code = "teapot"


echo = Echo.as_view()


def test_handlers_of_both_colours_stand_side_by_side_and_answer_sync_callers():
    assert echo(factory.get("/")).data == {"colour": "async", "can_wait": False}
    assert echo(factory.post("/", {"a": 1}, format="json")).data == {"got": {"a": 1}, "can_wait": True}


async def test_handlers_of_both_colours_answer_coroutines():
    assert (await echo(factory.get("/"))).data["colour"] == "async"
    response = await echo(factory.post("/", {"a": 1}, format="json"))
    assert (response.status_code, response.data) == (201, {"got": {"a": 1}, "can_wait": True})


def test_rendered_answer_has_allow_and_content_type():
    response = echo(factory.get("/")).render()
    assert response.content == b'{"colour":"async","can_wait":false}'
    assert response["Content-Type"] == "application/json"
    assert response["Allow"] == "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_head_is_answered_by_get():
    assert echo(factory.head("/")).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "data", "code"),
    [
        ("404", 404, {"detail": "There is nothing here."}, {"detail": "not_found"}),
        ("403", 403, {"detail": "You may not do this."}, {"detail": "permission_denied"}),
        ("418", 418, {"detail": "I am one."}, {"detail": "teapot"}),
        ("400", 400, ["This value is not acceptable."], ["invalid"]),
    ],
)
def test_exceptions_become_answers_with_detail_and_code(kind, status, data, code):
    response = echo(factory.delete(f"/?with={kind}"))
    assert (response.status_code, response.data, response.exception) == (status, data, True)
    found = response.data if isinstance(code, list) else [response.data["detail"]]
    assert [one.code for one in found] == (code if isinstance(code, list) else [code["detail"]])


def test_unknown_method_is_405_with_allow():
    @api_view(["GET"])
    def hello(request):
        return Response()

    response = hello(factory.post("/"))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.data["detail"].code == "method_not_allowed"


def test_a_bug_is_raised():
    with pytest.raises(RuntimeError, match="a bug"):
        echo(factory.put("/"))


def test_a_handler_without_return_is_told():
    with pytest.raises(AssertionError, match=r"Echo.patch\(\) returned NoneType where a Response is needed"):
        echo(factory.patch("/"))


def test_exception_handler_of_the_settings_is_asked():
    with settings.override(REST_FRAMEWORK={"EXCEPTION_HANDLER": "tests.rest.test_views.shouting"}):
        response = echo(factory.delete("/?with=404"))
        assert (response.status_code, response.data) == (404, {"LOUD": "Http404", "view": "Echo"})


def shouting(exc, context):
    return Response({"LOUD": type(exc).__name__, "view": type(context["view"]).__name__}, status=404)


def test_initial_may_be_overridden_in_either_colour():
    seen = []

    class Sync(Echo):
        def initial(self, request, *args, **kwargs):
            seen.append(bridge.can_wait())
            super().initial(request, *args, **kwargs)

    class Async(Echo):
        async def ainitial(self, request, *args, **kwargs):
            seen.append("async")
            await super().ainitial(request, *args, **kwargs)

    for view in (Sync, Async):
        assert view.as_view()(factory.get("/")).status_code == 200
        assert bridge.run(awaited(view.as_view())).status_code == 200
    assert seen == [True, True, "async", "async"]


async def awaited(view):
    return await view(factory.get("/"))


def test_dispatch_may_be_overridden():
    class Marked(Echo):
        def dispatch(self, request, *args, **kwargs):
            response = super().dispatch(request, *args, **kwargs)
            response["X-Marked"] = "yes"
            return response

    assert Marked.as_view()(factory.get("/"))["X-Marked"] == "yes"
    assert bridge.run(awaited(Marked.as_view()))["X-Marked"] == "yes"


async def test_functions_of_both_colours_are_views_with_policies():
    @api_view(["GET", "POST"])
    @renderer_classes([JSONRenderer])
    @parser_classes([JSONParser])
    @permission_classes([AllowAny])
    async def one(request, pk):
        return Response({"pk": pk, "type": type(request).__name__})

    @api_view(["POST"])
    def two(request):
        return Response(request.data)

    assert (await one(factory.get("/"), pk=3)).data == {"pk": 3, "type": "Request"}
    assert one.cls.permission_classes == [AllowAny]
    assert (await one(factory.post("/", {"a": "b"}), pk=3)).status_code == 200
    assert (await two(factory.post("/", {"a": "b"}))).data == {"a": ["b"]}
    assert one.__name__ == "one"


def test_api_view_without_parentheses_is_told():
    with pytest.raises(TypeError, match=r'@api_view\(\["GET"\]\)'):
        api_view(lambda request: None)


def test_policy_above_api_view_is_told():
    with pytest.raises(TypeError, match="below @api_view"):
        permission_classes([AllowAny])(api_view()(lambda request: None))


def test_response_refuses_a_serializer():
    class Like:
        validated_data = None

        def is_valid(self):
            return True

    with pytest.raises(TypeError, match=r"serializer.data"):
        Response(Like())


def test_response_without_a_view_says_what_it_lacks():
    with pytest.raises(AssertionError, match="no renderer"):
        Response({"a": 1}).render()


def test_204_has_no_body_and_no_type():
    @api_view(["DELETE"])
    def gone(request):
        return Response(status=204)

    response = gone(factory.delete("/")).render()
    assert (response.content, response.has_header("Content-Type"), response.status_text) == (b"", False, "NO CONTENT")


def test_request_wraps_only_http_requests():
    with pytest.raises(TypeError, match="HttpRequest"):
        Request(Request(factory.get("/")))  # type: ignore[arg-type]


def test_request_passes_on_attributes_of_the_http_request():
    request = Request(factory.get("/books/?a=1&a=2"))
    assert (request.path, request.query_params.getlist("a")) == ("/books/", ["1", "2"])
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = request.nonsense


def test_as_view_refuses_unknown_names():
    with pytest.raises(TypeError, match="'colour'"):
        Echo.as_view(colour="red")
    with pytest.raises(TypeError, match="'get'"):
        Echo.as_view(get=None)


def test_view_without_permissions_does_not_start_in_strict_settings():
    """H03: deny by default; a view that nothing guards is refused before it answers anybody."""
    with settings.override(REST_FRAMEWORK={"REQUIRE_PERMISSIONS": True}):
        with pytest.raises(ImproperlyConfigured, match="says nowhere who may use it"):
            Echo.as_view()
        assert callable(Echo.as_view(permission_classes=[AllowAny]))

        class Guarded(Echo):
            permission_classes = [IsAuthenticated]

        assert callable(Guarded.as_view())
        assert callable(DefaultRouter().get_api_root_view())
    with settings.override(
        REST_FRAMEWORK={
            "REQUIRE_PERMISSIONS": True,
            "DEFAULT_PERMISSION_CLASSES": ["manoir.rest.permissions.IsAuthenticated"],
        }
    ):
        assert Echo.as_view()(factory.get("/")).status_code in (401, 403)


def test_settings_name_unknown_options_and_follow_overrides():
    with pytest.raises(AttributeError, match=r"no option .PAGESIZE.\. Did you mean .PAGE_SIZE."):
        _ = api_settings.PAGESIZE
    with settings.override(REST_FRAMEWORK={"PAGE_SISE": 3}), pytest.raises(ImproperlyConfigured, match="'PAGE_SIZE'"):
        _ = api_settings.PAGE_SIZE
    with settings.override(REST_FRAMEWORK={"PAGE_SIZE": 3}):
        assert api_settings.PAGE_SIZE == 3
    assert api_settings.PAGE_SIZE is None
    with pytest.raises(ImproperlyConfigured, match=r"DEFAULT_PERMISSION_CLASSES.*nowhere"):
        _ = APISettings({"DEFAULT_PERMISSION_CLASSES": ["nowhere.Nothing"]}).DEFAULT_PERMISSION_CLASSES


def test_options_says_what_the_view_is():
    class Books(Echo):
        """Books of a shop."""

    data = Books.as_view()(factory.options("/")).data
    assert (data["name"], data["description"]) == ("Books", "Books of a shop.")
    assert data["renders"] == ["application/json"]
    assert data["parses"] == ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]


def test_not_found_of_the_api_has_its_own_words():
    assert NotFound("No book.").get_full_details() == {"message": "No book.", "code": "not_found"}


def broken(request):
    raise RuntimeError("a bug")


def suspicious(request):
    raise SuspiciousOperation("forged")


urlpatterns = [path("broken/", broken), path("suspicious/", suspicious)]
handler500 = "manoir.rest.exceptions.server_error"
handler400 = "manoir.rest.exceptions.bad_request"


@pytest.mark.parametrize(("address", "status"), [("/broken/", 500), ("/suspicious/", 400)])
def test_errors_outside_of_apis_can_be_json_too(address, status):
    with settings.override(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        answer = APIClient(raise_request_exception=False).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["detail"]
    assert "bug" not in answer.text
