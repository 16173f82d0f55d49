"""File fields: what a row gives, when files are stored and removed, in both colours and on both databases."""

from __future__ import annotations

import copy
import pickle
import re
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from tests.bridge.hook_table import HookCase, check_hook, each_hook
from tests.gallery.models import Note, Photo, Renamed, by_owner, shelf, shelf_by_function

from manoir import forms, models, timezone
from manoir.apps import apps
from manoir.bridge import run
from manoir.exceptions import (
    FieldError,
    FieldTypeError,
    SuspiciousFileOperation,
    SynchronousOnlyOperation,
    ValidationError,
)
from manoir.http import MultiValueDict, SimpleUploadedFile
from manoir.migrations._layout import flat
from manoir.migrations._serializer import Serializer
from manoir.storage import (
    AliasedStorage,
    ContentFile,
    File,
    FileSystemStorage,
    default_storage,
    private_storage,
)
from manoir.testing import assert_num_queries
from manoir.uploads import Documents


def text(content: bytes = b"hello", name: str = "a.txt") -> ContentFile:
    return ContentFile(content, name=name)


def picture(size: tuple[int, int] = (4, 3), name: str = "a.png") -> ContentFile:
    stream = BytesIO()
    Image.new("RGB", size, "red").save(stream, "png")
    return ContentFile(stream.getvalue(), name=name)


# -- what cannot be stored ----------------------------------------------------------------------------------------------


def test_a_file_without_a_name_is_refused_when_its_row_is_saved(database: Any, do: Any):
    """It would be lost without a word."""
    for note in (Note(text=ContentFile(b"hello")), Note(text=File(BytesIO(b"hello")))):
        with pytest.raises(FieldError, match=r"gallery\.Note\.text has no name.*ContentFile\(data, name='a\.txt'\)"):
            do(note, "save")
    note.text.name = "late.txt"
    do(note, "save")
    assert note.text.name == "notes/late.txt"
    with pytest.raises(FieldError):
        do(Renamed(text=ContentFile(b"hello")), "save")


@pytest.fixture
def paper() -> Any:
    """A model whose field has a policy, and a form for it that somebody wrote by hand."""

    class Paper(models.Model):
        file = models.FileField(policy=Documents(), storage=shelf)

        class Meta:
            app_label = "somewhere"
            managed = False

    yield Paper
    del apps.all_models["somewhere"]
    apps.clear_cache()


def test_full_clean_asks_the_policy(paper: Any, do: Any):
    """What saving would refuse is a complaint, and what the policy keeps is kept."""
    with pytest.raises(ValidationError) as caught:
        do(paper(file=text(bytes(range(256)))), "full_clean", validate_unique=False)
    assert [error.error_code for error in caught.value.error_dict["file"]] == ["kind"]
    good = paper(file=text(name="a.html"))
    do(good, "full_clean", validate_unique=False)
    kept = good.file.name
    assert re.fullmatch(r"[a-z0-9]{26}\.txt", kept)
    do(good.file, "save", kept, good.file.file, save=False)
    assert good.file.name == kept


def test_a_form_whose_own_field_has_no_policy_shows_what_the_models_says(paper: Any):
    class PaperForm(forms.ModelForm):
        file = forms.FileField(label="Your paper")

        class Meta:
            model = paper
            fields = ("file",)

    upload = SimpleUploadedFile("a.txt", bytes(range(256)))
    form = PaperForm({}, MultiValueDict({"file": [upload]}))
    assert form.errors.as_data()["file"][0].error_code == "kind"


def test_a_query_stores_no_files(database: Any, do: Any):
    """The text of a file object is no name: update() wrote "Raw content" into the column."""
    do(Note(text=text()), "save")
    for act in (
        lambda: do(Note.objects, "update", text=text(b"new")),
        lambda: do(Note.objects.filter(text=text()), "count"),
    ):
        with pytest.raises(FieldTypeError, match=r"update\(\) and lookups store nothing. Assign the file to 'text'"):
            act()
    note = do(Note.objects, "get")
    assert do(Note.objects.filter(text=note.text), "count") == do(Note.objects, "update", text=note.text) == 1


def test_bytes_are_no_file(database: Any, do: Any):
    with pytest.raises(FieldTypeError, match=r"expects a file, or the name of one, not b'hello' \(bytes\)"):
        do(Note(text=b"hello"), "save")


# -- storing ----------------------------------------------------------------------------------------------------------


def test_a_file_is_stored_when_its_row_is_saved(database: Any, do: Any):
    note = Note(text=text())
    assert not note.text._committed
    assert shelf.listdir("")[1] == []
    do(note, "save")
    assert note.text.name == "notes/a.txt"
    assert shelf.open("notes/a.txt").read() == b"hello"
    again = do(Note.objects, "get", pk=note.pk)
    assert again.text.name == "notes/a.txt"
    assert again.text.url == "/shelf/notes/a.txt"
    assert again.text == note.text == "notes/a.txt"


def test_create_and_bulk_create_store_files(database: Any, do: Any):
    note = do(Note.objects, "create", text=text(), extra=text(b"more", "b.txt"), owner="ada")
    assert (note.text.name, note.extra.name) == ("notes/a.txt", "of/ada/b.txt")
    made = do(Note.objects, "bulk_create", [Note(text=text(b"1", "c.txt")), Note(text=text(b"2", "c.txt"))])
    names = [one.text.name for one in made]
    assert names[0] == "notes/c.txt"
    assert re.fullmatch(r"notes/c_\w{7}\.txt", names[1])
    assert sorted(Note.objects.values_list("text", flat=True)) == sorted(["notes/a.txt", *names])


def test_bulk_update_stores_files(database: Any, do: Any):
    note = do(Note.objects, "create", text=text(), owner="ada")
    note.text, note.owner = text(b"new", "new.txt"), "bob"
    do(Note.objects, "bulk_update", [note], ["owner"])
    assert not note.text._committed
    do(Note.objects, "bulk_update", [note], ["text"])
    again = do(Note.objects, "get", pk=note.pk)
    assert (again.text.name, again.owner, again.text.read()) == ("notes/new.txt", "bob", b"new")


def test_update_fields_stores_what_it_names(database: Any, do: Any):
    note = do(Note.objects, "create", text=text(), owner="ada")
    note.text = text(b"new", "new.txt")
    do(note, "save", update_fields=["owner"])
    assert not note.text._committed
    do(note, "save", update_fields=["text"])
    assert note.text.name == "notes/new.txt"


def test_an_open_python_file_can_be_assigned(database: Any, tmp_path: Any):
    path = tmp_path / "plain.txt"
    path.write_bytes(b"plain")
    with path.open("rb") as stream:
        note = Note.objects.create(text=File(stream, name="plain.txt"))
    assert shelf.open(note.text.name).read() == b"plain"


def test_a_name_can_be_assigned(database: Any, do: Any):
    shelf.save("there.txt", text())
    note = do(Note.objects, "create", text="there.txt")
    assert note.text.name == "there.txt"
    assert note.text.read() == b"hello"


def test_save_and_delete_of_the_file(database: Any, do: Any):
    note = do(Note.objects, "create", text=text())
    do(note.text, "save", "b.txt", text(b"other"))
    assert do(Note.objects, "get", pk=note.pk).text.name == "notes/b.txt"
    do(note.extra, "save", "c.txt", text(b"extra"), save=False)
    assert do(Note.objects, "get", pk=note.pk).extra.name in ("", None)
    do(note.text, "delete", save=False)
    assert not note.text
    assert not shelf.exists("notes/b.txt")
    do(note.extra, "delete")
    assert do(Note.objects, "get", pk=note.pk).text.name in ("", None)
    do(note.extra, "delete")  # nothing there: nothing happens


def test_deleting_the_row_leaves_the_file(database: Any, do: Any):
    note = do(Note.objects, "create", text=text())
    do(note, "delete")
    assert shelf.exists("notes/a.txt")


def test_a_copied_row_shares_the_file_and_not_the_object(database: Any):
    note = Note.objects.create(text=text())
    other = copy.copy(note)
    other.pk = None
    assert other.text.instance is other
    assert note.text.instance is note
    other.save()
    assert other.text.name == note.text.name


# -- reading ----------------------------------------------------------------------------------------------------------


def test_what_a_file_of_a_row_offers(database: Any):
    note = Note.objects.create(text=text(b"one\ntwo"))
    note = Note.objects.get()
    assert note.text.size == len(note.text) == 7
    assert note.text.closed
    assert note.text.read() == b"one\ntwo"
    with note.text.open() as opened:
        assert list(opened) == [b"one\n", b"two"]
    assert note.text.closed
    assert note.text.open("rb").read(3) == b"one"
    assert b"".join(note.text.chunks(2)) == b"one\ntwo"
    note.text.close()
    assert str(note.text) == "notes/a.txt"
    assert repr(note.text) == "<FieldFile: notes/a.txt>"
    assert note.text.storage is shelf
    assert note.text.field is Note._meta.get_field("text")
    with pytest.raises(NotImplementedError, match="have no path"):
        _ = note.text.path


async def test_reading_in_a_coroutine(tmp_path: Any):
    await shelf.asave("there.txt", text(b"one two"))
    note = Note(text="there.txt")
    assert await note.text.asize() == 7
    assert await note.text.aread(3) == b"one"
    assert b"".join([chunk async for chunk in note.text.achunks(2)]) == b"one two"
    async with await note.text.aopen() as opened:
        assert await opened.aread() == b"one two"
    assert note.text.closed
    with pytest.raises(SynchronousOnlyOperation, match=r"await .*aopen"):
        Note(text="there.txt").text.read()
    with pytest.raises(SynchronousOnlyOperation):
        _ = Note(text="there.txt").text.size


def test_a_file_that_nobody_opened_is_closed_once_it_was_read_whole(tmp_path: Any):
    storage = FileSystemStorage(tmp_path, "/media/")
    storage.save("there.txt", text(b"one two"))
    file = models.FieldFile(Note(), SimpleNamespace(storage=storage, name="text", attname="text"), "there.txt")
    assert file.read() == file.read(None) == b"one two"  # no file is left open: warnings are errors here
    assert b"".join(file.chunks(3)) == b"one two"
    assert run(file.aread()) == b"one two"
    assert file.closed
    assert file.read(3) == b"one"
    assert file.read() == b" two"
    assert not file.closed
    with file.open() as opened:
        assert opened.read() == opened.read() + b"one two"
    assert file.closed

    async def pieces() -> list[bytes]:
        return [piece async for piece in models.FieldFile(Note(), file.field, "there.txt").achunks(4)]

    assert run(pieces()) == [b"one ", b"two"]


@pytest.mark.parametrize("name", ["url", "path", "size", "file"])
def test_no_file(name: str):
    note = Note()
    assert not note.text
    assert note.text.name in ("", None)
    with pytest.raises(ValueError, match=r"gallery\.Note\.text of the row with the key None has no file\. Ask first"):
        getattr(note.text, name)


def test_rows_are_read_without_touching_files(database: Any):
    Note.objects.create(text=text())
    with assert_num_queries(1):
        (note,) = Note.objects.all()
        assert note.__dict__["text"] == "notes/a.txt"  # still text: nobody asked
    assert isinstance(note.text, models.FieldFile)


def test_values_are_names_and_names_are_filtered(database: Any):
    Note.objects.create(text=text())
    assert Note.objects.values_list("text", flat=True)[0] == "notes/a.txt"
    assert Note.objects.filter(text__startswith="notes/").count() == 1
    assert Note.objects.filter(Note.text == "notes/a.txt").count() == 1
    note = Note.objects.get()
    assert Note.objects.filter(text=note.text).count() == 1
    assert Note.objects.filter(extra="").count() + Note.objects.filter(extra=None).count() == 1


def test_deferred_files(database: Any):
    pk = Note.objects.create(text=text(), owner="ada").pk
    note = Note.objects.defer("text", "owner").get(pk=pk)
    assert note.text.name == "notes/a.txt"
    assert note.text.read() == b"hello"
    assert note.owner == "ada"
    assert isinstance(note.text, models.FieldFile)
    other = Note.objects.only("owner").get(pk=pk)
    other.text = text(b"new", "n.txt")
    other.save()
    assert Note.objects.get(pk=pk).text.read() == b"new"


def test_refreshing(database: Any, do: Any):
    note = Note.objects.create(text=text())
    Note.objects.update(text="other.txt")
    do(note, "refresh_from_db")
    assert note.text.name == "other.txt"


def test_pickling_keeps_the_name(database: Any):
    note = Note.objects.create(text=text())
    note.text.open()
    found = pickle.loads(pickle.dumps(note))
    assert found.text.name == "notes/a.txt"
    assert found.text.instance is found
    assert found.text.read() == b"hello"


# -- names ------------------------------------------------------------------------------------------------------------


def test_names_follow_upload_to():
    field = Photo._meta.get_field("image")
    assert field.generate_filename(Photo(), "a b.png") == f"photos/{timezone.now():%Y}/a_b.png"
    assert Note._meta.get_field("extra").generate_filename(Note(owner="x"), "b.txt") == "of/x/b.txt"
    assert Note._meta.get_field("text").generate_filename(Note(), "C:\\docs\\b.txt") == "notes/b.txt"


@pytest.mark.parametrize("name", ["../x.txt", "/etc/passwd", "..\\..\\x.txt", "a/../../b.txt", "C:\\x.txt"])
def test_names_of_clients_lead_nowhere(database: Any, name: str):
    """C20: whatever a client calls its file, its last part is what is left, below `upload_to`."""
    note = Note(text=text(name="x.txt"))
    note.text.name = name
    note.save()
    assert re.fullmatch(r"notes/\w+(\.txt)?", note.text.name)


def test_a_function_that_answers_a_hostile_name_is_refused(database: Any, do: Any):
    """C20: what `upload_to` answers is checked too."""
    with pytest.raises(SuspiciousFileOperation, match="leads elsewhere"):
        do(Note.objects, "create", text=text(), owner="../..", extra=text())


def test_names_fit_into_the_column(database: Any):
    photo = Photo(image=picture(name="x" * 90 + ".png"))
    photo.save()
    assert len(photo.image.name) <= 40
    assert photo.image.name.endswith(".png")


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_sizes_of_pictures_follow_what_is_assigned(database: Any, do: Any):
    photo = Photo(image=picture((4, 3)))
    assert (photo.width, photo.height) == (4, 3)
    do(photo, "save")
    again = do(Photo.objects, "get")
    assert (again.width, again.height) == (4, 3)
    again.image = picture((7, 5), "b.png")
    assert (again.width, again.height) == (7, 5)
    again.image = None
    assert (again.width, again.height) == (None, None)


def test_the_size_of_a_picture_given_by_name_is_read_when_it_is_saved(database: Any, do: Any):
    shelf.save("there.png", picture((9, 2)))
    photo = do(Photo.objects, "create", image="there.png")
    assert (photo.width, photo.height) == (9, 2)


def test_the_size_of_a_picture_saved_by_hand(database: Any, do: Any):
    photo = Photo(caption="x")
    do(photo.image, "save", "c.png", picture((6, 2)))
    assert (photo.width, photo.height) == (6, 2)
    do(photo.image, "delete")
    assert (photo.width, photo.height) == (None, None)


def test_pictures_tell_their_size(database: Any):
    Photo.objects.create(image=picture((4, 3)))
    photo = Photo.objects.get()
    assert (photo.image.width, photo.image.height) == (4, 3)
    assert photo.image.closed
    assert Photo(image=text(b"none", "x.png")).image.width is None
    assert run(Photo.objects.get().image.adimensions()) == (4, 3)


# -- forms ------------------------------------------------------------------------------------------------------------


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text", "extra", "owner"]


def sent(**files: Any) -> MultiValueDict[Any]:
    return MultiValueDict({name: [value] for name, value in files.items()})


def upload(name: str = "a.txt", content: bytes = b"hello") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def check(form: Any, do: Any) -> bool:
    return do(form, "is_valid")


def test_form_fields_of_file_fields():
    made = Note._meta.get_field("text").formfield()
    assert (type(made), made.required, made.max_length) == (forms.FileField, True, 100)
    assert type(Photo._meta.get_field("image").formfield()) is forms.ImageField
    assert not NoteForm.base_fields["extra"].required


def test_a_form_stores_files(database: Any, do: Any):
    form = NoteForm({"owner": "ada"}, sent(text=upload(), extra=upload("b.txt", b"more")))
    assert check(form, do), form.errors
    note = do(form, "save")
    # The owner was set before the name was made, whatever the order of the fields.
    assert (note.text.name, note.extra.name) == ("notes/a.txt", "of/ada/b.txt")
    assert do(Note.objects, "get").text.read() == b"hello"


def test_a_form_keeps_changes_and_clears(database: Any, do: Any):
    note = Note.objects.create(text=text(), extra=text(b"more", "b.txt"))
    form = NoteForm({"owner": "", "extra-clear": "on"}, sent(), instance=note)
    assert 'href="/shelf/notes/a.txt"' in str(form["text"])
    assert check(form, do), form.errors
    do(form, "save")
    again = Note.objects.get()
    assert (again.text.name, again.extra.name) == ("notes/a.txt", "")
    form = NoteForm({"owner": ""}, sent(text=upload("c.txt", b"new")), instance=again)
    assert check(form, do), form.errors
    do(form, "save")
    assert Note.objects.get().text.read() == b"new"
    assert shelf.exists("notes/a.txt")  # as documented: replacing removes nothing


def test_a_form_without_a_file_is_refused(database: Any, do: Any):
    form = NoteForm({"owner": ""}, sent())
    assert not check(form, do)
    assert list(form.errors) == ["text"]


# -- declaration ------------------------------------------------------------------------------------------------------


def test_deconstruction():
    name, path, args, kwargs = Note._meta.get_field("text").deconstruct()
    assert (name, path, args) == ("text", "manoir.models.FileField", [])
    assert kwargs == {"upload_to": "notes/", "storage": shelf}
    assert Note._meta.get_field("extra").deconstruct()[3] == {
        "blank": True, "null": True, "upload_to": by_owner, "storage": shelf_by_function,
    }  # fmt: skip
    image = Photo._meta.get_field("image")
    assert image.deconstruct()[3] == {
        "upload_to": "photos/%Y", "storage": shelf, "width_field": "width", "height_field": "height", "max_length": 40,
    }  # fmt: skip
    assert image.clone().deconstruct()[1:] == image.deconstruct()[1:]
    assert models.FileField().deconstruct()[3] == {"upload_to": ""}
    assert models.FileField(storage=default_storage).deconstruct()[3] == {"upload_to": ""}
    assert models.FileField().storage is default_storage
    assert models.FileField(storage=private_storage).deconstruct()[3] == {"upload_to": "", "storage": private_storage}
    assert models.FileField(storage=AliasedStorage("default")).deconstruct()[3] == {"upload_to": ""}


def test_the_default_storage_may_change():
    from manoir.conf import settings

    field = models.FileField()
    with settings.override(MEDIA_URL="/other/"):
        assert field.storage.url("a") == "/other/a"


def test_what_is_no_storage_is_refused():
    with pytest.raises(TypeError, match="storage must be a Storage, or a function that returns one"):
        models.FileField(storage="default")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a Storage"):
        models.FileField(storage=lambda: None)  # type: ignore[arg-type,return-value]


def test_checks():
    def ids(field: Any) -> list[str]:
        field.set_attributes_from_name("file")
        return [message.id for message in field.check()]

    assert ids(models.FileField()) == []
    assert ids(models.FileField(primary_key=True)) == ["manoir.models.E140"]
    assert ids(models.FileField(upload_to="/abs")) == ["manoir.models.E141"]
    assert ids(models.ImageField()) == []


def test_pictures_need_pillow_and_fields_that_are_there(monkeypatch: pytest.MonkeyPatch):
    field = Photo._meta.get_field("image")
    assert field.check() == []
    monkeypatch.setattr(field, "width_field", "widht")
    (message,) = field.check()
    assert message.id == "manoir.models.E143"
    assert "'widht', which is no field of Photo. Did you mean 'width'" in message.msg
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert [one.id for one in field.check()] == ["manoir.models.E142", "manoir.models.E143"]


def test_migrations_write_file_fields():
    field = models.FileField(upload_to=by_owner, storage=FileSystemStorage("/x"), policy=Documents(max="2MB"))
    serializer = Serializer()
    source = flat(serializer.node(field))
    names: dict[str, Any] = {}
    exec("\n".join(sorted(serializer.imports)), names)
    again = eval(source, names)
    assert again.deconstruct()[1:] == field.deconstruct()[1:]
    assert again.policy == Documents(max="2MB")
    aliased = flat(Serializer().node(models.FileField(storage=AliasedStorage("photos"))))
    assert 'storage=storage.AliasedStorage("photos")' in aliased


def test_an_overridden_pre_save_runs_where_it_may_wait(database: Any, do: Any):
    assert do(Renamed.objects, "create", text=text()).text.name == "renamed.txt"
    assert shelf.open("renamed.txt").read() == b"hello"


# -- hooks ------------------------------------------------------------------------------------------------------------


def of_class(cls: Any) -> Any:
    made = cls(Note(), Note._meta.get_field("text"), "there.txt")
    if not shelf.exists("there.txt"):
        shelf.save("there.txt", text())
    return made


@each_hook
def test_saving_a_file_is_a_hook_of_two_colours(shape: Any, place: Any):
    case = HookCase(models.FieldFile, "save", of_class, args=("b.txt", text()), kwargs={"save": False})
    check_hook(case, shape, place)


@each_hook
def test_deleting_a_file_is_a_hook_of_two_colours(shape: Any, place: Any):
    check_hook(HookCase(models.FieldFile, "delete", of_class, kwargs={"save": False}), shape, place)
    shelf.delete("there.txt")
