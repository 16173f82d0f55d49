"""OpenAPI 3.1: the description is valid, and answers are what it says."""

from __future__ import annotations

import io
import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from manoir import rest
from manoir.bridge import to_thread
from manoir.commands import call_command
from manoir.conf import settings
from manoir.exceptions import CommandError
from manoir.rest import renderers, schemas
from manoir.rest.schemas import AutoSchema, SchemaGenerator, get_schema_view, operation
from manoir.testing import APIRequestFactory
from manoir.urls import include, path, re_path
from tests.library.models import Author, Book
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import urlpatterns as notebook


class AuthorSerializer(rest.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name", "email"]


class BookSerializer(rest.ModelSerializer):
    """A book as the shop shows it."""

    author = AuthorSerializer(read_only=True)
    shout = rest.SerializerMethodField()
    lengths = rest.ListField(child=rest.IntegerField(min_value=1), write_only=True, required=False, max_length=3)

    class Meta:
        model = Book
        fields = ["id", "title", "price", "status", "published", "rating", "author", "tags", "shout", "lengths", "size"]

    def get_shout(self, book) -> str | None:
        return book.title.upper()


class Pages(rest.PageNumberPagination):
    page_size = 2
    page_size_query_param = "page_size"


class BookViewSet(rest.ModelViewSet):
    queryset = Book.objects.select_related("author").prefetch_related("tags")
    serializer_class = BookSerializer
    permission_classes = [rest.AllowAny]
    pagination_class = Pages
    filterset_fields = {"status": ["exact"], "price": ["lt"], "author": ["in"]}
    search_fields = ["title"]
    ordering_fields = ["price"]

    @rest.action(detail=False)
    @operation(summary="Titles", responses=list[str])
    def titles(self, request):
        """All titles, nothing else."""
        return rest.Response(list(Book.objects.values_list("title", flat=True)))

    @rest.action(detail=True, methods=["post"])
    @operation(request=AuthorSerializer, responses={202: AuthorSerializer, 409: None}, deprecated=True)
    def sign(self, request, pk=None):
        return rest.Response({"id": 1, "name": "x", "email": None}, status=202)

    @rest.action(detail=False)
    @operation(exclude=True)
    def hidden(self, request): ...


class Hello(rest.APIView):
    """Says hello."""

    permission_classes = [rest.AllowAny]
    authentication_classes = [rest.TokenAuthentication]
    throttle_classes = [rest.AnonRateThrottle]

    async def get(self, request, name):
        return rest.Response({"hello": name})


class Silent(Hello):
    schema = None


router = rest.DefaultRouter()
router.register("books", BookViewSet)
api = [*router.urls, path("hello/<slug:name>/", Hello.as_view()), re_path(r"^old/(?P<name>[a-z]+)/$", Hello.as_view()), path("s/<name>/", Silent.as_view())]  # fmt: skip
urlpatterns = [
    path("api/", include(api)),
    path("docs/", get_schema_view(title="Shop", permission_classes=[rest.AllowAny], public=True)),
    path("mine/", get_schema_view(title="Mine", patterns=notebook, permission_classes=[rest.AllowAny])),
]


@pytest.fixture
def schema():
    return SchemaGenerator(title="Shop", patterns=urlpatterns, version="2.0", url="https://shop.example/").get_schema()


def test_it_is_valid_openapi(schema):
    OpenAPIV31SpecValidator(json.loads(json.dumps(schema))).validate()
    assert schema["info"] == {"title": "Shop", "version": "2.0"}
    assert schema["servers"] == [{"url": "https://shop.example"}]


def test_the_notebook_is_valid_too():
    found = SchemaGenerator(patterns=notebook).get_schema()
    OpenAPIV31SpecValidator(json.loads(json.dumps(found))).validate()
    assert list(found["paths"]) == [
        "/notes/", "/notes/titles/", "/notes/{pk}/", "/notes/{pk}/pin/", "/folders/", "/folders/{pk}/", "/open/",
        "/open/titles/", "/open/{pk}/", "/open/{pk}/pin/",
    ]  # fmt: skip
    assert set(found["paths"]["/notes/{pk}/pin/"]) == {"post", "delete"}


def test_addresses_and_operations(schema):
    assert {path: set(methods) for path, methods in schema["paths"].items()} == {
        "/api/books/": {"get", "post"},
        "/api/books/titles/": {"get"},
        "/api/books/{pk}/": {"get", "put", "patch", "delete"},
        "/api/books/{pk}/sign/": {"post"},
        "/api/hello/{name}/": {"get"},
        "/api/old/{name}/": {"get"},
    }
    names = [one["operationId"] for methods in schema["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert {"book_list", "book_create", "book_partial_update", "book_sign"} <= set(names)


def test_parameters_of_addresses_and_lists(schema):
    listed = {one["name"]: one for one in schema["paths"]["/api/books/"]["get"]["parameters"]}
    assert set(listed) == {"status", "price__lt", "author__in", "search", "ordering", "page", "page_size"}
    assert listed["status"]["schema"]["enum"] == ["draft", "live", "gone"]
    assert listed["author__in"]["schema"]["items"] == {"type": "integer"}
    assert listed["page_size"]["schema"]["maximum"] == 1000
    (pk,) = schema["paths"]["/api/books/{pk}/"]["get"]["parameters"]
    assert pk == {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer"}}


def test_what_is_read_and_what_is_sent_are_two_schemas(schema):
    components = schema["components"]["schemas"]
    read, sent = components["Book"], components["BookRequest"]
    assert read["description"] == "A book as the shop shows it."
    assert set(read["required"]) == set(read["properties"])
    assert "lengths" not in read["properties"]
    assert set(sent["properties"]) == {"title", "price", "status", "published", "rating", "tags", "lengths", "size"}
    assert sent["required"] == ["title"]
    assert sent["properties"]["title"] == {"type": "string", "minLength": 1, "maxLength": 200}
    assert sent["properties"]["lengths"] == {"type": "array", "items": {"type": "integer", "minimum": 1}, "maxItems": 3}
    assert read["properties"]["shout"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert read["properties"]["author"] == {"$ref": "#/components/schemas/Author"}
    assert read["properties"]["published"] == {"type": ["string", "null"], "format": "date"}
    assert "required" not in components["PatchedBookRequest"]
    assert read["properties"]["size"] == {"anyOf": [{"$ref": "#/components/schemas/Size"}, {"type": "null"}]}
    assert components["Size"]["properties"]["width"] == {"type": "integer"}


def test_answers_and_errors_of_an_operation(schema):
    listed = schema["paths"]["/api/books/"]["get"]
    page = listed["responses"]["200"]["content"]["application/json"]["schema"]
    assert page["properties"]["results"] == {"type": "array", "items": {"$ref": "#/components/schemas/Book"}}
    assert set(listed["responses"]) == {"200", "400", "401", "403", "404", "406", "429"}
    assert {"201", "413", "415"} <= set(schema["paths"]["/api/books/"]["post"]["responses"])
    assert "content" not in schema["paths"]["/api/books/{pk}/"]["delete"]["responses"]["204"]
    assert "429" in schema["paths"]["/api/hello/{name}/"]["get"]["responses"]


def test_what_is_said_by_hand(schema):
    titles = schema["paths"]["/api/books/titles/"]["get"]
    assert (titles["summary"], titles["description"]) == ("Titles", "All titles, nothing else.")
    content = titles["responses"]["200"]["content"]["application/json"]["schema"]
    assert content == {"type": "array", "items": {"type": "string"}}
    sign = schema["paths"]["/api/books/{pk}/sign/"]["post"]
    assert sign["deprecated"] is True
    assert {"202", "409"} <= set(sign["responses"])
    assert sign["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/AuthorRequest"
    }


def test_security_of_views(schema):
    assert set(schema["components"]["securitySchemes"]) == {"session", "basic", "token"}
    assert schema["paths"]["/api/hello/{name}/"]["get"]["security"] == [{"token": []}, {}]
    closed = SchemaGenerator(patterns=notebook).get_schema()
    assert {} not in closed["paths"]["/notes/"]["get"]["security"]


def test_a_schema_of_a_views_own():
    class Tagged(BookViewSet):
        schema = AutoSchema(tags=["literature"], operation_id_base="volume")

    found = SchemaGenerator(patterns=[path("b/", Tagged.as_view({"get": "list"}))]).get_schema()
    described = found["paths"]["/b/"]["get"]
    assert (described["tags"], described["operationId"]) == (["literature"], "volume_list")


def test_two_serializers_of_one_name_are_two_components():
    other = type("BookSerializer", (AuthorSerializer,), {})

    class Others(BookViewSet):
        serializer_class = other

    patterns = [path("a/", BookViewSet.as_view({"get": "list"})), path("b/", Others.as_view({"get": "list"}))]
    components = SchemaGenerator(patterns=patterns).get_schema()["components"]["schemas"]
    assert {"Book", "Book2"} <= set(components)


def resolved(schema, reference):
    return {**reference, "components": schema["components"]}


def test_real_answers_are_what_the_description_says(schema, database, colour):
    author = Author.objects.create(name="Ann")
    for number in range(3):
        Book.objects.create(title=f"Book {number}", price="3.50", author=author, rating=number or None)
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=[]):
        caller = Caller(colour)
        checks = [
            ("/api/books/", "get", caller.get("/api/books/")),
            ("/api/books/{pk}/", "get", caller.get(f"/api/books/{Book.objects.first().pk}/")),
            ("/api/books/titles/", "get", caller.get("/api/books/titles/")),
            ("/api/books/", "get", caller.get("/api/books/?status=x")),
            ("/api/books/", "post", caller.post("/api/books/", {"title": ""}, format="json")),
            ("/api/books/", "post", caller.post("/api/books/", {"title": "x", "size": {}}, format="json")),
            ("/api/books/{pk}/", "get", caller.get("/api/books/0/")),
            ("/api/books/", "get", caller.get("/api/books/", headers={"accept": "image/png"})),
            ("/api/hello/{name}/", "get", caller.get("/api/hello/you/")),
        ]
    for address, method, answer in checks:
        described = schema["paths"][address][method]["responses"][str(answer.status_code)]
        wanted = described["content"]["application/json"]["schema"]
        Draft202012Validator(resolved(schema, wanted)).validate(answer.json())


def test_the_view_answers_programs_and_people(colour, database):
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        answer = api.get("/docs/")
        assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
        assert answer.json()["info"]["title"] == "Shop"
        assert api.get("/docs/?format=json")["Content-Type"] == "application/json"
        page = api.get("/docs/", headers={"accept": "text/html"})
        assert page["Content-Type"] == "text/html; charset=utf-8"
        nonces = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert len(nonces) == 1
        assert f"script-src 'nonce-{nonces.pop()}'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]
        assert re.findall(r"<script(?![^>]*src=)", page.text) == []
        assert "<style" not in page.text


def test_a_public_description_is_worked_out_once(monkeypatch):
    """H56: whoever asks a thousand times costs one description."""
    described = []
    original = SchemaGenerator.describe
    monkeypatch.setattr(SchemaGenerator, "describe", lambda *args: described.append(1) or original(*args))
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=[]):
        first = Caller("sync").get("/docs/").content
        number = len(described)
        assert Caller("sync").get("/docs/").content == first
    assert 0 < number == len(described)


@pytest.mark.parametrize(("name", "status"), [("docs.js", 200), ("swagger-ui.css", 200), ("swagger-ui-bundle.js", 200), ("../settings.py", 404), ("docs.html", 404), ("", 404), ("/etc/passwd", 404), ("swagger-ui.js", 404)])  # fmt: skip
def test_files_of_the_page_are_a_closed_list(name, status):
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=[]):
        answer = Caller("sync").get("/docs/", {"asset": name})
    assert answer.status_code == status
    if status == 200:
        assert answer["Content-Type"].startswith(("text/css", "text/javascript"))


def test_a_reader_sees_what_they_may_use(colour, people):
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        api = Caller(colour)
        assert api.get("/mine/").json()["paths"] == {}
        api.login(people.ann.user)
        assert "/notes/" in api.get("/mine/").json()["paths"]


async def test_the_command_writes_and_checks(tmp_path):
    target = tmp_path / "schema.json"
    options = {"urlconf": "tests.rest.test_openapi", "title": "Shop", "file": str(target)}
    out = io.StringIO()
    await to_thread(call_command, "openapi", stdout=out, **options)
    assert "6 addresses" in out.getvalue()
    assert json.loads(target.read_text())["openapi"] == "3.1.0"
    await to_thread(call_command, "openapi", check=True, stdout=out, **options)
    target.write_text("{}")
    with pytest.raises(CommandError, match="not up to date"):
        await to_thread(call_command, "openapi", check=True, stdout=out, **options)


class Reads(rest.BasePermission):
    """A permission of a project's own."""

    def has_permission(self, request, view):
        return request.method == "GET"


@pytest.mark.parametrize(
    ("permission", "method", "needed"),
    [
        (rest.IsAuthenticated, "get", True),
        (rest.IsAdminUser, "get", True),
        (rest.AllowAny, "get", False),
        (Reads, "get", False),
        (rest.IsAuthenticatedOrReadOnly, "get", False),
        (rest.IsAuthenticatedOrReadOnly, "post", True),
        (rest.IsAuthenticated & Reads, "get", True),
        (rest.IsAuthenticated | Reads, "get", False),
        (rest.IsAuthenticated | rest.IsAdminUser, "get", True),
        (~rest.IsAuthenticated, "get", False),
        (rest.DjangoModelPermissions, "get", True),
        (rest.permissions.DjangoModelPermissionsOrAnonReadOnly, "get", False),
        (rest.permissions.DjangoModelPermissionsOrAnonReadOnly, "delete", True),
    ],
)
def test_security_is_needed_only_where_permissions_surely_ask_for_somebody(permission, method, needed):
    class View(rest.APIView):
        permission_classes = [permission]
        authentication_classes = [rest.TokenAuthentication]

    found = rest.schemas.AutoSchema().get_security(View(), method)
    assert ({} not in found) is needed


def test_a_view_that_takes_passwords_may_answer_429():
    class Guessed(rest.APIView):
        permission_classes = [rest.IsAuthenticated]
        authentication_classes = [rest.BasicAuthentication]

    class Held(Guessed):
        authentication_classes = [rest.TokenAuthentication]

    assert "429" in rest.schemas.AutoSchema().get_error_statuses(Guessed(), "get", False)
    assert "429" not in rest.schemas.AutoSchema().get_error_statuses(Held(), "get", False)


def test_the_documented_renderers_write_the_description():
    view = get_schema_view(title="Shop", renderer_classes=[renderers.JSONOpenAPIRenderer], patterns=[], public=True)
    answer = view(APIRequestFactory().get("/"))
    assert answer.data["info"]["title"] == "Shop"
    assert answer.accepted_media_type == "application/vnd.oai.openapi+json"
    assert renderers.OpenAPIRenderer is schemas.OpenAPIRenderer
