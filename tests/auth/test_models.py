from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir.apps import apps  # noqa: E402
from manoir.auth import (  # noqa: E402
    AnonymousUser,
    ASCIIUsernameValidator,
    BaseBackend,
    Group,
    ModelBackend,
    PasswordField,
    Permission,
    UnicodeUsernameValidator,
    User,
    acreate_permissions,
    authenticate,
    get_user_model,
)
from manoir.auth.context_processors import PermWrapper, auth  # noqa: E402
from manoir.commands import call_command  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.contenttypes import ContentType  # noqa: E402
from manoir.exceptions import CommandError, ImproperlyConfigured, ValidationError  # noqa: E402
from manoir.http import HttpRequest  # noqa: E402
from manoir.templates import Template  # noqa: E402

pytestmark = pytest.mark.usefixtures("database")


async def test_making_users():
    ada = await User.objects.acreate_user("ada", "Ada@EXAMPLE.com", "secret", first_name="Ada", last_name="L")
    assert (ada.username, ada.email, ada.is_staff, ada.is_superuser, ada.is_active) == (
        "ada",
        "Ada@example.com",
        False,
        False,
        True,
    )
    assert (str(ada), ada.get_full_name(), ada.get_short_name(), ada.natural_key()) == ("ada", "Ada L", "Ada", ("ada",))
    assert (ada.is_authenticated, ada.is_anonymous) == (True, False)
    assert await ada.acheck_password("secret") is True
    assert await ada.acheck_password("Secret") is False
    root = await User.objects.acreate_superuser("root", password="secret")
    assert (root.is_staff, root.is_superuser) == (True, True)


def test_making_users_in_sync_code():
    ada = User.objects.create_user("ada", password=None)
    assert ada.has_usable_password() is False
    ada.set_password("secret")
    assert ada.check_password("secret") is True
    ada.set_unusable_password()
    assert ada.check_password("secret") is False


class Listening:
    """Keeps what it hears of new passwords, in `heard`."""

    heard: list[str] = []

    def validate(self, password, user=None): ...

    def get_help_text(self):
        return ""

    def password_changed(self, password, user=None):
        self.heard.append(password)


def test_a_password_that_was_taken_back_before_it_was_saved_is_told_to_nobody():
    Listening.heard.clear()
    with settings.override(AUTH_PASSWORD_VALIDATORS=[{"NAME": f"{__name__}.Listening"}]):
        ada = User.objects.create_user("ada", password="first")
        ada.set_password("second")
        ada.set_unusable_password()
        ada.save()
    assert Listening.heard == ["first"]


def test_what_is_no_user_is_refused():
    with pytest.raises(ValueError, match="needs a username"):
        User.objects.create_user("")
    with pytest.raises(ValueError, match="is_staff=True"):
        User.objects.create_superuser("root", is_staff=False)
    with pytest.raises(ValidationError, match="letters, digits"):
        User(username="a b", password="x").full_clean()


def test_names_have_one_form():
    """C15"""
    wide = "\N{FULLWIDTH LATIN SMALL LETTER A}da"
    assert User.objects.create_user(wide).username == "ada"
    user = User(username=wide)
    user.clean()
    assert user.username == "ada"
    with pytest.raises(ValidationError, match="Somebody has this username"):
        User(username="ada", password="x").full_clean()


def test_an_enormous_name_is_not_normalised():
    """M06"""
    name = "\N{ANGSTROM SIGN}" * 1_000_000
    assert User.normalize_username(name) is name


def test_an_older_hash_is_replaced_at_the_next_check():
    ada = User.objects.create_user("ada", password="secret")
    md5 = ada.password
    with settings.override(PASSWORD_HASHERS=["manoir.auth.PBKDF2SHA1PasswordHasher", "manoir.auth.MD5PasswordHasher"]):
        assert ada.check_password("secret") is True
    assert md5.startswith("md5$")
    assert User.objects.get().password.startswith("pbkdf2_sha1$")


def test_replacing_a_hash_does_not_undo_a_change_of_password():
    """H47"""
    ada = User.objects.create_user("ada", password="secret")
    User.objects.update(password="changed meanwhile")
    with settings.override(PASSWORD_HASHERS=["manoir.auth.PBKDF2SHA1PasswordHasher", "manoir.auth.MD5PasswordHasher"]):
        assert ada.check_password("secret") is True
    assert User.objects.get().password == "changed meanwhile"


def test_passwords_are_secret():
    """H38, M11: the mark that pages, exports and serializers look at; nothing prints a hash."""
    ada = User.objects.create_user("ada", password="secret")
    field = User._meta.get_field("password")
    assert isinstance(field, PasswordField)
    assert field.secret is True
    assert field.deconstruct()[1] == "manoir.models.CharField"
    assert ada.password not in repr(ada) + str(ada)


async def test_permissions_are_made_once_after_migrate():
    ContentType.objects.clear_cache()
    config = apps.get_app_config("auth")
    await acreate_permissions(config)
    count = await Permission.objects.acount()
    await acreate_permissions(config)
    names = {name async for name in Permission.objects.values_list("codename", flat=True)}
    assert await Permission.objects.acount() == count == 12
    assert {"add_user", "change_user", "delete_user", "view_user", "view_group", "add_permission"} <= names
    permission = await Permission.objects.aget(codename="view_user")
    assert str(permission) == "Can view user"
    assert await permission.anatural_key() == ("view_user", "auth", "user")
    assert await Permission.objects.aget_by_natural_key("view_user", "auth", "user") == permission
    ContentType.objects.clear_cache()


async def test_permissions_of_a_user_and_of_groups(permissions, database):
    ada = await User.objects.acreate_user("ada")
    group = await Group.objects.acreate(name="editors")
    await group.permissions.aadd(await Permission.objects.aget(codename="change_user"))
    await ada.user_permissions.aadd(await Permission.objects.aget(codename="view_group"))
    await ada.groups.aadd(group)
    ada = await User.objects.aget()
    statements = []
    with database.observe(lambda event: statements.append(event.sql)):
        assert await ada.aget_user_permissions() == {"auth.view_group"}
        assert await ada.aget_group_permissions() == {"auth.change_user"}
        assert await ada.aget_all_permissions() == {"auth.view_group", "auth.change_user"}
        assert await ada.ahas_perm("auth.view_group") is True
        assert await ada.ahas_perm("auth.delete_group") is False
        assert await ada.ahas_perm("auth.view_group", obj=group) is False
        assert await ada.ahas_perms(["auth.view_group", "auth.change_user"]) is True
        assert await ada.ahas_perms(["auth.view_group", "auth.add_user"]) is False
        assert await ada.ahas_module_perms("auth") is True
        assert await ada.ahas_module_perms("aut") is False
    assert len(statements) == 2
    with pytest.raises(ValueError, match="takes a list"):
        await ada.ahas_perms("auth.view_group")


def test_permissions_in_sync_code(permissions):
    ada = User.objects.create_user("ada")
    assert ada.has_perm("auth.view_group") is False
    root = User.objects.create_superuser("root")
    assert root.has_perm("anything.at_all") is True
    assert len(root.get_all_permissions()) == 12
    root.is_active = False
    assert root.has_perm("auth.view_group") is False
    assert root.has_module_perms("auth") is False


def test_who_has_a_permission(permissions):
    for name in ("own", "by_group", "nobody", "inactive"):
        User.objects.create_user(name, is_active=name != "inactive")
    User.objects.create_superuser("root")
    permission = Permission.objects.get(codename="view_group")
    group = Group.objects.create(name="viewers")
    group.permissions.add(permission)
    User.objects.get(username="own").user_permissions.add(permission)
    for name in ("by_group", "inactive"):
        User.objects.get(username=name).groups.add(group)

    def names(*args, **kwargs):
        return sorted(User.objects.with_perm(*args, **kwargs).values_list("username", flat=True))

    assert names("auth.view_group") == names(permission) == ["by_group", "own", "root"]
    assert names("auth.view_group", is_active=None) == ["by_group", "inactive", "own", "root"]
    assert names("auth.view_group", include_superusers=False) == ["by_group", "own"]
    assert names("auth.view_group", obj=group) == []
    with pytest.raises(ValueError, match=r"app_label\.codename"):
        names("view_group")
    with pytest.raises(TypeError, match="a Permission or its name"):
        names(7)


class WithoutPermissions(BaseBackend):
    """A backend that knows nobody's permissions."""


def test_with_perm_asks_one_backend(permissions):
    User.objects.create_user("root", is_superuser=True)
    own, usual = f"{__name__}.WithoutPermissions", "manoir.auth.ModelBackend"
    with settings.override(AUTHENTICATION_BACKENDS=[own, usual]):
        assert User.objects.with_perm("auth.view_group", backend=usual).count() == 1
        assert User.objects.with_perm("auth.view_group", backend=own).count() == 0
        with pytest.raises(ValueError, match="say which one answers"):
            User.objects.with_perm("auth.view_group")
        with pytest.raises(ValueError, match=r"no 'manoir\.auth\.ModelBacken'.*ModelBackend"):
            User.objects.with_perm("auth.view_group", backend="manoir.auth.ModelBacken")
        with pytest.raises(TypeError, match="dotted path"):
            User.objects.with_perm("auth.view_group", backend=ModelBackend)


@pytest.mark.parametrize(
    ("name", "unicode", "ascii"),
    [("ada", True, True), ("a.d+a@x-y_9", True, True), ("jürgen", True, False), ("美咲", True, False)]
    + [(name, False, False) for name in ("", "a b", "ada\n", "a/b", "ada\x00")],
)
def test_characters_of_usernames(name, unicode, ascii):
    """M12"""
    for validator, fine in ((UnicodeUsernameValidator(), unicode), (ASCIIUsernameValidator(), ascii)):
        if fine:
            validator(name)
        else:
            with pytest.raises(ValidationError):
                validator(name)


def test_user_and_perms_in_templates(permissions):
    ada = User.objects.create_user("ada")
    ada.user_permissions.add(Permission.objects.get(codename="view_group"))
    request = HttpRequest()
    request.user = ada
    page = Template(
        "{{ user }} {{ perms.auth.view_group }} {{ perms.auth.add_group }} {% if perms.auth %}any{% endif %} "
        "{% if 'auth.view_group' in perms %}in{% endif %}{% if perms.shop %}shop{% endif %}"
    )
    assert page.render(auth(request)) == "ada True False any in"
    with pytest.raises(TypeError, match="looped over"):
        list(PermWrapper(request))
    assert Template("{{ user }}").render(auth(HttpRequest())) == str(AnonymousUser())


def test_the_user_model_of_the_settings():
    assert get_user_model() is User
    for name in ("nonsense", "auth.Nobody"):
        with settings.override(AUTH_USER_MODEL=name), pytest.raises(ImproperlyConfigured, match="AUTH_USER_MODEL"):
            get_user_model()


def test_createsuperuser_without_asking(monkeypatch, capsys):
    monkeypatch.setenv("MANOIR_SUPERUSER_PASSWORD", "secret")
    call_command("createsuperuser", interactive=False, username="root", email="root@example.com")
    root = User.objects.get()
    assert (root.username, root.is_superuser, root.check_password("secret")) == ("root", True, True)
    assert "'root' was made" in capsys.readouterr().out
    with pytest.raises(CommandError, match="taken already"):
        call_command("createsuperuser", interactive=False, username="root", email="root@example.com")
    with pytest.raises(CommandError, match="--email is needed"):
        call_command("createsuperuser", interactive=False, username="other")


def test_createsuperuser_needs_somebody_to_ask():
    with pytest.raises(CommandError, match="no terminal"):
        call_command("createsuperuser")


class Terminal:
    """Somebody who types."""

    def isatty(self):
        return True


RULES = [{"NAME": "manoir.auth.MinimumLengthValidator"}, {"NAME": "manoir.auth.UserAttributeSimilarityValidator"}]


@pytest.mark.parametrize(("insists", "made"), [("n", "long enough"), ("y", "root")])
def test_createsuperuser_asks_until_a_password_keeps_the_rules(monkeypatch, capsys, insists, made):
    typed = iter(["one", "two", "root", "root", "long enough", "long enough"])
    asked = iter(["root", "root@example.com", insists])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    monkeypatch.setattr("builtins.input", lambda prompt: next(asked))
    with settings.override(AUTH_PASSWORD_VALIDATORS=RULES):
        call_command("createsuperuser", stdin=Terminal())
    assert User.objects.get().check_password(made)
    told = capsys.readouterr().err
    assert "The two differ" in told
    assert "too much like the username" in told


def test_changepassword_keeps_the_rules_and_ends_a_lock(monkeypatch, capsys):
    ada = User.objects.create_user("ada", password="secret")
    typed = iter(["short", "short", "long enough", "long enough"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    with settings.override(AUTH_PASSWORD_VALIDATORS=RULES, LOGIN_FAILURE_LIMIT=1):
        assert authenticate(username="ada", password="wrong") is None
        assert authenticate(username="ada", password="secret") is None
        call_command("changepassword", "ada")
        assert authenticate(username="ada", password="long enough") == ada
    assert "at least 8" in capsys.readouterr().err


def test_changepassword(monkeypatch, capsys):
    ada = User.objects.create_user("ada", password="secret")
    answers = iter(["one", "two", "", "new", "new"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    call_command("changepassword", "ada")
    assert User.objects.get(pk=ada.pk).check_password("new") is True
    with pytest.raises(CommandError, match="no user 'bob'"):
        call_command("changepassword", "bob")
