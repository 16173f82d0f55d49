from manoir.conf import settings
from manoir.templates._checks import check_engines, check_libraries


def test_engines_that_cannot_be_built_are_named():
    assert check_engines() == []
    entry = {
        "BACKEND": "manoir.templates.Engine",
        "OPTIONS": {"context_processors": ["manoir.templates.context_processors.nope"]},
    }
    with settings.override(TEMPLATES=[entry]):
        (message,) = check_engines()
    assert message.id == "manoir.templates.E001"
    assert "nope" in message.msg


def test_libraries_that_cannot_be_imported_are_named(tagged_app):
    messages = check_libraries()
    assert [message.id for message in messages] == ["manoir.templates.E002"] * 2
    assert messages[0].hint == "{% load broken_tags %} would fail."
