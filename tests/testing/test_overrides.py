"""Changed settings: what was built out of them follows, there and back."""

import asyncio

import pytest

from manoir.apps import apps
from manoir.cache import caches
from manoir.commands import get_commands
from manoir.conf import settings as project_settings
from manoir.exceptions import BadSignature, ImproperlyConfigured
from manoir.i18n import gettext
from manoir.mail import get_connection
from manoir.signals import setting_changed
from manoir.signing import dumps, loads
from manoir.storage import storages
from manoir.templates import TemplateDoesNotExist, get_template, render_to_string
from manoir.testing import Client, SimpleTestCase, modify_settings, override_settings
from manoir.timezone import get_current_timezone_name
from manoir.urls import reverse


class Stamp:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        response = await self.get_response(request)
        response["X-Stamp"] = "yes"
        return response


STAMP = f"{__name__}.Stamp"
LOCMEM = "manoir.cache.LocMemCache"


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = "tests.testing.urls"
    settings.MIDDLEWARE = []


def test_urls_follow():
    client = Client()
    assert client.get("/item/5/").status_code == 200
    with override_settings(ROOT_URLCONF="tests.testing.urls_other"):
        assert client.get("/item/5/").status_code == 404
        assert client.get("/other/").content == b"other"
        assert reverse("other") == "/other/"
    assert client.get("/item/5/").status_code == 200
    assert reverse("item", args=[5]) == "/item/5/"


def test_middleware_follows():
    client = Client()
    assert "X-Stamp" not in client.get("/item/5/")
    with modify_settings(MIDDLEWARE={"append": STAMP}):
        assert client.get("/item/5/")["X-Stamp"] == "yes"
    assert "X-Stamp" not in client.get("/item/5/")


def test_templates_follow(tmp_path):
    (tmp_path / "own.html").write_text("own {{ name }}")
    engine = {"BACKEND": "manoir.templates.Engine", "DIRS": [tmp_path]}
    with override_settings(TEMPLATES=[engine]):
        assert render_to_string("own.html", {"name": "page"}) == "own page"
    with override_settings(TEMPLATES=[{**engine, "DIRS": []}]), pytest.raises(TemplateDoesNotExist):
        get_template("own.html")


def test_caches_follow():
    with override_settings(CACHES={"default": {"BACKEND": LOCMEM, "LOCATION": "a", "TIMEOUT": 5}}):
        caches["default"].set("key", "inside")
        assert caches["default"].default_timeout == 5
    with override_settings(CACHES={"default": {"BACKEND": "manoir.cache.DummyCache"}}):
        caches["default"].set("key", "nothing")
        assert caches["default"].get("key") is None


def test_storages_follow(tmp_path):
    entry = {"BACKEND": "manoir.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    with override_settings(STORAGES={"default": entry}):
        assert storages["default"].path("a.txt") == str(tmp_path / "a.txt")
    with override_settings(MEDIA_ROOT=str(tmp_path / "media")):
        assert storages["default"].path("a.txt") == str(tmp_path / "media" / "a.txt")


def test_time_zone_and_language_follow():
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        assert get_current_timezone_name() in ("Asia/Tokyo", "JST")
    with override_settings(LANGUAGE_CODE="de"):
        assert gettext("nothing to translate") == "nothing to translate"
    assert get_current_timezone_name() == "UTC"


def test_keys_of_signatures_follow():
    with override_settings(SECRET_KEY="another key " * 6):
        signed = dumps({"a": 1})
        assert loads(signed) == {"a": 1}
    with pytest.raises(BadSignature):
        loads(signed)


def test_mail_follows():
    with override_settings(EMAIL_BACKEND="manoir.mail.DummyBackend", MAILERS={}):
        assert type(get_connection()).__name__ == "DummyBackend"
    assert type(get_connection()).__name__ == "InMemoryBackend"


def test_static_url_follows():
    from manoir.staticfiles import static

    with override_settings(STATIC_URL="/assets/", INSTALLED_APPS=["manoir.staticfiles"]):
        assert static("a.css") == "/assets/a.css"
    with override_settings(STATIC_URL="https://cdn.example/"):
        assert static("a.css") == "https://cdn.example/a.css"


def test_installed_apps_follow():
    assert not apps.is_installed("tests.testing.extra_app")
    with modify_settings(INSTALLED_APPS={"append": "tests.testing.extra_app"}):
        assert apps.is_installed("tests.testing.extra_app")
        assert get_commands()["extra_command"] == "tests.testing.extra_app"
        with override_settings(TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}]):
            assert render_to_string("extra/page.html") == "extra page"
    assert not apps.is_installed("tests.testing.extra_app")
    assert "extra_command" not in get_commands()


def test_fixture_installs_apps_too(settings):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.testing.extra_app"]
    assert apps.is_installed("tests.testing.extra_app")


def test_apps_that_are_wrong_change_nothing():
    before = project_settings.INSTALLED_APPS
    with pytest.raises(ImproperlyConfigured, match="no_such_app"):
        override_settings(INSTALLED_APPS=["no_such_app"]).__enter__()
    assert before == project_settings.INSTALLED_APPS
    assert apps.ready
    assert not apps.is_installed("tests.testing.extra_app")


def test_signal_tells_of_changes():
    changes = []

    def note(sender, setting, value, enter, **kwargs):
        changes.append((setting, value, enter))

    setting_changed.connect(note)
    try:
        with override_settings(OWN_SETTING=5):
            pass
    finally:
        setting_changed.disconnect(note)
    assert changes == [("OWN_SETTING", 5, True), ("OWN_SETTING", None, False)]


@override_settings(OWN_SETTING="decorated")
def test_function_is_decorated():
    assert project_settings.OWN_SETTING == "decorated"


@override_settings(OWN_SETTING="decorated")
async def test_coroutine_is_decorated():
    await asyncio.sleep(0)
    assert project_settings.OWN_SETTING == "decorated"


async def test_async_with():
    async with override_settings(OWN_SETTING="block"):
        assert project_settings.OWN_SETTING == "block"
    assert not hasattr(project_settings, "OWN_SETTING")


def test_one_override_may_be_entered_again_inside_itself():
    override = override_settings(OWN_SETTING=1)
    with override, override:
        assert project_settings.OWN_SETTING == 1
    assert not hasattr(project_settings, "OWN_SETTING")


def test_subclass_keeps_the_overrides_of_its_base():
    @override_settings(ONE=1)
    class Base(SimpleTestCase):
        pass

    @override_settings(TWO=2)
    class Derived(Base):
        pass

    assert [override.changes for override in Derived.class_overrides] == [{"ONE": 1}, {"TWO": 2}]
    assert [override.changes for override in Base.class_overrides] == [{"ONE": 1}]


def test_plain_class_is_refused():
    with pytest.raises(TypeError, match=r"decorates functions and subclasses of SimpleTestCase, not the class .*Plain"):

        @override_settings(ONE=1)
        class Plain:
            pass


def test_lists_are_modified_without_doubles():
    with override_settings(MIDDLEWARE=["a", "b"]):
        with modify_settings(MIDDLEWARE={"append": ["b", "c"], "prepend": "z", "remove": "a"}):
            assert project_settings.MIDDLEWARE == ["z", "b", "c"]
        assert project_settings.MIDDLEWARE == ["a", "b"]


def test_unknown_action_is_refused():
    with (
        pytest.raises(ValueError, match=r"append, prepend and remove, not 'insert' \(in MIDDLEWARE\)"),
        modify_settings(MIDDLEWARE={"insert": "x"}),
    ):
        pass
