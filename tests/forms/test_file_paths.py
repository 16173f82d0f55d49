"""`FilePathField` of forms and models: the files in a folder of the server as choices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from manoir import forms, models
from manoir.exceptions import ValidationError
from manoir.forms._fields import _paths


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", "c.png", "below/d.txt", "__pycache__/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def labels(field: Any) -> list[str]:
    return [label for _value, label in field.choices]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["a.txt", "b.txt", "c.png"]),
        ({"match": r"\.txt$"}, ["a.txt", "b.txt"]),
        ({"recursive": True, "match": "txt"}, ["a.txt", "b.txt", "below/d.txt"]),
        ({"allow_folders": True, "match": "^[bc]"}, ["b.txt", "below", "c.png"]),
        ({"allow_files": False, "allow_folders": True}, ["below"]),
        ({"required": False, "match": "png"}, ["---------", "c.png"]),
    ],
)
def test_what_a_folder_offers(folder: Path, options: dict[str, Any], expected: list[str]):
    assert labels(forms.FilePathField(folder, **options)) == expected
    assert labels(forms.FilePathField(lambda: folder, **options)) == expected


def test_its_value_is_the_path_of_one_of_the_files(folder: Path):
    field = forms.FilePathField(path=str(folder))
    assert field.clean(str(folder / "a.txt")) == str(folder / "a.txt")
    for other in ("/etc/passwd", "a.txt", f"{folder}/below/../a.txt", f"{folder}/below/d.txt"):
        with pytest.raises(ValidationError) as caught:
            field.clean(other)
        assert caught.value.error_code == "invalid_choice"


def test_new_files_are_offered_at_once(folder: Path):
    class Chosen(forms.Form):
        file = forms.FilePathField(path=folder, match="txt")

    (folder / "new.txt").write_text("x")
    form = Chosen({"file": str(folder / "new.txt")})
    assert form.is_valid()
    assert "new.txt</option>" in str(form["file"])


def test_the_choices_of_one_form_can_be_replaced_and_listed_again(folder: Path):
    field = forms.FilePathField(path=folder)
    field.choices = [("x", "one")]
    assert labels(field) == ["one"]
    field.path = folder / "below"
    field.set_choices()
    assert labels(field) == ["d.txt"]


def test_a_folder_with_too_many_files_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_paths, "MAX_PATHS", 3)
    with pytest.raises(ValueError, match="holds more than 3 files; offer a smaller folder"):
        list(forms.FilePathField(path=folder).choices)


def test_neither_files_nor_folders_is_a_mistake(folder: Path):
    with pytest.raises(ValueError, match="allow_files=True or allow_folders=True"):
        forms.FilePathField(path=folder, allow_files=False)
    field = models.FilePathField(path=folder, allow_files=False)
    field.set_attributes_from_name("file")
    assert [one.id for one in field.check()] == ["manoir.models.E144"]


def here() -> str:
    return os.fspath(Path(__file__).parent)


def test_a_models_field_says_how_to_make_it_again():
    assert models.FilePathField().deconstruct()[3] == {}
    field = models.FilePathField("File", path=here, match=r"\.py$", recursive=True, max_length=300)
    found = field.deconstruct()
    assert found[1:] == (
        "manoir.models.FilePathField",
        [],
        {"verbose_name": "File", "path": here, "match": r"\.py$", "recursive": True, "max_length": 300},
    )
    assert (models.FilePathField().max_length, field.column_type.length) == (100, 300)


def test_a_models_field_is_a_choice_in_forms():
    field = models.FilePathField("File", path=here, match=r"^test_file_paths\.py$", blank=True)
    field.set_attributes_from_name("file")
    made = field.formfield()
    assert isinstance(made, forms.FilePathField)
    assert made.label == "File"
    assert list(made.choices) == [("", "---------"), (str(Path(__file__)), "test_file_paths.py")]
    assert made.clean("") == ""
