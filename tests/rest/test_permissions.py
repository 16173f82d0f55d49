"""Permissions, their combinations, and what is visible to whom (H01, H03)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir import bridge, models, rest
from manoir.auth import AnonymousUser, BaseBackend, Permission, User
from manoir.contenttypes import ContentType
from manoir.exceptions import Http404
from manoir.rest.exceptions import MethodNotAllowed
from manoir.testing import APIRequestFactory, force_authenticate
from tests.rest.notebook import Note, NoteSerializer

factory = APIRequestFactory()


class Yes(rest.BasePermission):
    def has_permission(self, request, view):
        return True


class AsyncNo(rest.BasePermission):
    message = "Never."
    code = "never"

    async def ahas_permission(self, request, view):
        return False

    async def ahas_object_permission(self, request, view, obj):
        return False


class Broken(rest.BasePermission):
    def has_permission(self, request, view):
        raise AssertionError("asked without need")

    def has_object_permission(self, request, view, obj):
        raise AssertionError("asked without need")


def answer(permission, method="get", user=None):
    class View(rest.APIView):
        permission_classes = [permission]
        authentication_classes = []

        def get(self, request):
            return rest.Response()

        post = get

    request = getattr(factory, method)("/")
    if user is not None:
        force_authenticate(request, user)
    return View.as_view()(request)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (Yes, True),
        (AsyncNo, False),
        (Yes & Yes, True),
        (Yes & AsyncNo, False),
        (AsyncNo & Broken, False),
        (AsyncNo | Yes, True),
        (Yes | Broken, True),
        (~AsyncNo, True),
        (~Yes, False),
        (~(Yes & AsyncNo) | Broken, True),
        (~~Yes, True),
        ((Yes | Broken) & ~AsyncNo, True),
    ],
)
def test_combinations(permission, allowed):
    assert answer(permission).status_code == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (~rest.IsAdminUser, True),  # nobody of the staff asks: each object is theirs to have
        (~AsyncNo, True),
        (~Yes, False),
        (~~Yes, True),
        (Yes & ~AsyncNo, True),
        (AsyncNo | ~AsyncNo, True),
    ],
)
def test_combinations_of_objects_in_both_colours(permission, allowed):
    request, made = SimpleNamespace(user=User(username="reader")), permission()
    assert made.has_object_permission(request, None, object()) == allowed
    assert bridge.run(made.ahas_object_permission(request, None, object())) == allowed
    assert made.has_permission(request, None) == bridge.run(made.ahas_permission(request, None)) == allowed


def test_equal_combinations_are_equal():
    assert (Yes & AsyncNo) == (Yes & AsyncNo)
    assert (Yes & AsyncNo) != (Yes | AsyncNo)
    assert len({~Yes, ~Yes, Yes | Yes}) == 2


def test_a_refusal_says_the_permissions_words():
    response = answer(AsyncNo)
    assert (response.data, response.data["detail"].code) == ({"detail": "Never."}, "never")


async def test_either_needs_one_side_for_request_and_object():
    class OnlyRequest(rest.BasePermission):
        def has_object_permission(self, request, view, obj):
            return False

    class OnlyObject(rest.BasePermission):
        def has_permission(self, request, view):
            return False

    combined = (OnlyRequest | OnlyObject)()
    assert await combined.ahas_permission(None, None)
    assert not await combined.ahas_object_permission(None, None, object())


@pytest.mark.parametrize(
    ("permission", "anonymous", "reader", "staff"),
    [
        (rest.AllowAny, "rw", "rw", "rw"),
        (rest.IsAuthenticated, "", "rw", "rw"),
        (rest.IsAdminUser, "", "", "rw"),
        (rest.IsAuthenticatedOrReadOnly, "r", "rw", "rw"),
    ],
)
def test_who_may(permission, anonymous, reader, staff):
    """H03: attempts table."""
    users = {"anonymous": None, "reader": User(username="r"), "staff": User(username="s", is_staff=True)}
    for (name, user), may in zip(users.items(), (anonymous, reader, staff), strict=True):
        assert answer(permission, "get", user).status_code == (200 if "r" in may else 403), name
        assert answer(permission, "post", user).status_code == (200 if "w" in may else 403), name


# -- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["notes", "open"])
def test_somebody_elses_rows_are_not_there(api, people, prefix):
    """H01: two users x all verbs x nested ids; `open` overrides get_queryset with all rows."""
    theirs = people.bob.notes[0]
    own_folder = people.ann.folder.pk
    api.login(people.ann.user)
    attempts = [
        api.get(f"/{prefix}/{theirs.pk}/"),
        api.head(f"/{prefix}/{theirs.pk}/"),
        api.put(f"/{prefix}/{theirs.pk}/", {"folder": own_folder, "title": "mine now"}, format="json"),
        api.patch(f"/{prefix}/{theirs.pk}/", {"title": "mine now"}, format="json"),
        api.delete(f"/{prefix}/{theirs.pk}/"),
        api.post(f"/{prefix}/{theirs.pk}/pin/"),
        api.delete(f"/{prefix}/{theirs.pk}/pin/"),
    ]
    assert [attempt.status_code for attempt in attempts] == [404] * 7
    assert {note["title"] for note in api.get(f"/{prefix}/").json()} == {"ann 1", "ann 2"}
    theirs.refresh_from_db()
    assert (theirs.title, theirs.pinned) == ("bob 1", False)


def test_related_look_ups_are_limited_too(api, people):
    """H01: a row cannot be put into, or moved into, what its user cannot see."""
    api.login(people.ann.user)
    theirs, mine = people.bob.folder.pk, people.ann.notes[0].pk
    assert api.post("/notes/", {"folder": theirs, "title": "x"}, format="json").status_code == 400
    assert api.patch(f"/notes/{mine}/", {"folder": theirs}, format="json").status_code == 400
    assert api.get(f"/notes/?folder={theirs}").json() == []
    assert Note.objects.filter(folder_id=theirs).count() == 2


class Owned(models.Manager):
    def visible_to(self, user):
        return self.filter(owner=user)


class Shelf(models.Model):
    owner = models.ForeignKey(User, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    objects = Owned()

    class Meta:
        app_label = "notebook"
        db_table = "notebook_folder"


def test_a_manager_may_say_who_sees_what(people):
    from manoir.rest._scoping import is_scoped, scoped

    assert is_scoped(Shelf)
    assert [row.pk for row in scoped(Shelf.objects.all(), people.ann.user)] == [people.ann.folder.pk]
    assert [row.pk for row in scoped(Shelf.objects, people.bob.user)] == [people.bob.folder.pk]
    assert not is_scoped(User)
    assert scoped(User.objects.all(), None).count() == 2
    assert scoped([1], None) == [1]


def test_nobody_sees_nothing(api, people):
    for path in ("/notes/", f"/notes/{people.ann.notes[0].pk}/", "/notes/titles/"):
        assert api.get(path).status_code == 403


def test_what_is_not_declared_is_not_written(api, people):
    """H02: `reviewed` is no field of the serializer; the key comes from the address, never from the body."""
    api.login(people.ann.user)
    note = people.ann.notes[0]
    api.patch(f"/notes/{note.pk}/", {"reviewed": True, "id": 999, "pk": 999, "pinned": True}, format="json")
    note.refresh_from_db()
    assert (note.reviewed, note.pinned) == (False, True)
    assert set(api.get(f"/notes/{note.pk}/").json()) == {"id", "folder", "title", "stars", "pinned"}  # H39


# -- permissions of models --------------------------------------------------------------------------------------------


@pytest.fixture
def note_permissions(database):
    content_type = ContentType.objects.get_for_model(Note)
    made = {
        name: Permission.objects.create(codename=f"{name}_note", name=name, content_type=content_type)
        for name in ("add", "change", "delete")
    }
    yield made
    ContentType.objects.clear_cache()


class ByModel(rest.ModelViewSet):
    queryset = Note.objects.all()
    serializer_class = NoteSerializer
    permission_classes = [rest.DjangoModelPermissions]
    authentication_classes = []


def test_model_permissions(people, note_permissions):
    view = ByModel.as_view({"get": "list", "post": "create"})
    user = people.ann.user

    def post():
        request = factory.post("/", {"folder": people.ann.folder.pk, "title": "x"}, format="json")
        force_authenticate(request, User.objects.get(pk=user.pk))
        return view(request).status_code

    assert view(factory.get("/")).status_code == 403
    assert post() == 403
    user.user_permissions.add(note_permissions["add"])
    assert post() == 201


class OwnerBackend(BaseBackend):
    """Knows permissions of objects: owners of a note's folder have all; of the others, some may see."""

    def has_perm(self, user_obj, perm, obj=None):
        if obj is None:
            return perm != "notebook.delete_note"
        return obj.folder.owner_id == user_obj.pk or (perm == "notebook.view_note" and obj.title == "public")


class ByObject(rest.DjangoObjectPermissions):
    perms_map = {**rest.DjangoObjectPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}


@pytest.fixture
def owner_backend():
    from manoir.conf import settings

    with settings.override(AUTHENTICATION_BACKENDS=["tests.rest.test_permissions.OwnerBackend"]):
        yield


async def test_object_permissions_hide_what_may_not_be_seen(owner_backend):
    user = User(pk=1, username="ann", is_active=True)
    view = SimpleNamespace(queryset=Note._base_manager.all())
    request = SimpleNamespace(user=user, method="PUT")
    mine, theirs, public = (
        SimpleNamespace(folder=SimpleNamespace(owner_id=owner), title=title)
        for owner, title in ((1, "a"), (2, "b"), (2, "public"))
    )
    permission = ByObject()
    assert await permission.ahas_object_permission(request, view, mine)
    assert not await permission.ahas_object_permission(request, view, public)
    with pytest.raises(Http404):
        await permission.ahas_object_permission(request, view, theirs)
    request.method = "DELETE"
    assert not await permission.ahas_permission(request, view)


def test_model_permissions_need_a_model():
    class Nothing(rest.APIView):
        permission_classes = [rest.DjangoModelPermissions]
        authentication_classes = []

        def get(self, request): ...

    request = factory.get("/")
    force_authenticate(request, User(username="a"))
    with pytest.raises(AssertionError, match=r"Nothing.queryset"):
        Nothing.as_view()(request)


def test_unknown_methods_need_what_nobody_has():
    with pytest.raises(rest.PermissionDenied, match="TRACE"):
        rest.DjangoModelPermissions().get_required_permissions("TRACE", Note)
    assert MethodNotAllowed("TRACE").status_code == 405
    assert not AnonymousUser().is_authenticated
