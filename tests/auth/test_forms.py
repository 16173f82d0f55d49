from __future__ import annotations

import logging

import pytest

import manoir

manoir.setup()

from manoir import forms, mail  # noqa: E402
from manoir.auth import Group, User  # noqa: E402
from manoir.auth.forms import (  # noqa: E402
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    PasswordResetForm,
    ReadOnlyPasswordHashField,
    SetPasswordForm,
    UserChangeForm,
    UserCreationForm,
)
from manoir.bridge import run  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import ImproperlyConfigured  # noqa: E402
from manoir.testing import RequestFactory  # noqa: E402
from manoir.urls import include, path  # noqa: E402

urlpatterns = [path("accounts/", include("manoir.auth.urls"))]
RULES = [{"NAME": "manoir.auth.MinimumLengthValidator"}, {"NAME": "manoir.auth.UserAttributeSimilarityValidator"}]
GOOD = "correct horse battery"
MAIL = {
    "MAILERS": {"default": {"BACKEND": "manoir.mail.InMemoryBackend"}},
    "TEMPLATES": [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
}


@pytest.fixture(autouse=True)
def _site(database):
    mail.outbox.clear()
    with settings.override(ROOT_URLCONF="tests.auth.test_forms", AUTH_PASSWORD_VALIDATORS=RULES, **MAIL):
        yield


@pytest.fixture(params=["sync", "async"])
def colour(request):
    return request.param


@pytest.fixture
def valid(colour):
    return lambda form: run(form.ais_valid()) if colour == "async" else form.is_valid()


@pytest.fixture
def save(colour):
    return lambda form, **options: run(form.asave(**options)) if colour == "async" else form.save(**options)


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "Ada@example.com", "secret")


def new(name="ada", first=GOOD, second=None, **more):
    return {"username": name, "password1": first, "password2": first if second is None else second, **more}


# -- making users -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form_class", [BaseUserCreationForm, UserCreationForm, AdminUserCreationForm])
def test_a_user_is_made(form_class, valid, save):
    form = form_class(new("Grace"))
    assert valid(form)
    user = save(form)
    assert User.objects.get(username="Grace") == user
    assert user.check_password(GOOD)
    assert GOOD not in user.password


def test_a_user_is_made_but_not_saved(valid, save):
    form = UserCreationForm(new())
    assert valid(form)
    user = save(form, commit=False)
    assert not User.objects.exists()
    assert user.check_password(GOOD)


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        (new(second="other"), "password2", "password_mismatch"),
        (new(first="short"), "password2", "password_too_short"),
        (new("correct.horse"), "password2", "password_too_similar"),
        (new(first=""), "password1", "required"),
        (new(first="a" * 1025), "password1", "max_length"),
        (new(""), "username", "required"),
        (new("a b"), "username", "invalid"),
        (new("a" * 151), "username", "max_length"),
        (new("\N{CYRILLIC SMALL LETTER A}da"), "username", "mixed_scripts"),
    ],
)
def test_what_is_wrong_is_said_where(valid, data, field, code):
    form = UserCreationForm(data)
    assert not valid(form)
    assert form.has_error(field, code), form.errors
    assert data["password1"] == "" or data["password1"] not in str(form)


def test_saving_with_errors_makes_nobody(valid, save):
    form = UserCreationForm(new(second="other"))
    with pytest.raises(ValueError, match="the form has errors"):
        save(form)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name", ["ada", "ADA", "Ada", "\N{FULLWIDTH LATIN SMALL LETTER A}da", "\N{FULLWIDTH LATIN CAPITAL LETTER A}DA"]
)
def test_a_name_that_differs_by_case_is_taken(valid, ada, name):
    form = UserCreationForm(new(name))
    assert not valid(form)
    assert form.errors["username"] == ["Somebody has this username already."]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [("ace", "\u0430\u0441\u0435"), ("\u0430\u0441\u0435", "ace"), ("Ömer", "ömer"), ("ömer", "Ömer")],
)  # fmt: skip
def test_a_name_that_looks_the_same_is_taken(valid, there, wanted):
    """C15"""
    User.objects.create_user(there)
    form = UserCreationForm(new(wanted))
    assert not valid(form)
    assert form.has_error("username", "unique")


@pytest.mark.parametrize("name", ["анна", "άννα", "美咲", "ada2", "jürgen", "анна@example.com"])
def test_names_of_one_script_are_fine(valid, ada, name):
    assert valid(UserCreationForm(new(name))), name


def test_the_base_form_allows_other_case(valid, ada):
    assert valid(BaseUserCreationForm(new("ADA")))
    assert not valid(BaseUserCreationForm(new("ada")))


def test_without_a_password(valid, save):
    form = AdminUserCreationForm(new(first="", usable_password="false"))
    assert valid(form), form.errors
    assert not save(form).has_usable_password()
    for given in ({}, {"usable_password": "true"}, {"usable_password": True}):
        form = AdminUserCreationForm(new("bob", first="", **given))
        assert not valid(form)
        assert set(form.errors) == {"password1", "password2"}
    form = AdminUserCreationForm(new("bob", usable_password="perhaps"))
    assert not valid(form)


def test_further_fields_and_relations(valid, save):
    class WithMore(UserCreationForm):
        class Meta(UserCreationForm.Meta):
            fields = (*UserCreationForm.Meta.fields, "email", "groups")

    group = Group.objects.create(name="readers")
    form = WithMore(new(email="ada@example.com", groups=[group.pk]))
    assert list(form.fields) == ["username", "email", "groups", "password1", "password2"]
    assert valid(form), form.errors
    user = save(form)
    assert user.email == "ada@example.com"
    assert list(user.groups.all()) == [group]


def test_password_rules_compare_with_further_fields(valid):
    class WithMail(UserCreationForm):
        class Meta(UserCreationForm.Meta):
            fields = ("username", "email")

    form = WithMail(new(first="lovelace-1815", email="lovelace.1815@example.com"))
    assert not valid(form)
    assert form.has_error("password2", "password_too_similar")


def test_rules_that_want_to_know_hear_of_a_new_password(valid, save):
    Listening.heard.clear()
    with settings.override(AUTH_PASSWORD_VALIDATORS=[{"NAME": "tests.auth.test_forms.Listening"}]):
        form = UserCreationForm(new())
        assert valid(form)
        user = save(form)
        user.save()
    assert Listening.heard == [("ada", GOOD)]


class Listening:
    heard: list = []

    def validate(self, password, user=None):
        pass

    def get_help_text(self):
        return ""

    def password_changed(self, password, user=None):
        self.heard.append((user.get_username(), password))


# -- changing users ---------------------------------------------------------------------------------------------------


def test_the_stored_password_is_described_and_not_shown(ada):
    """H38"""
    with settings.override(PASSWORD_HASHERS=["manoir.auth.PBKDF2PasswordHasher"]):
        ada.set_password(GOOD)
        page = str(UserChangeForm(instance=ada))
        _algorithm, _iterations, salt, made = ada.password.split("$")
    assert "stored with pbkdf2_sha256" in page
    assert 'href="../password/"' in page
    for secret in (salt, made, salt[:6], made[:6]):
        assert secret not in page


@pytest.mark.parametrize(
    ("stored", "words"), [("!abc", "No password is set"), ("odd$abcdef", "of no form"), ("", "No password")]
)
def test_passwords_that_let_nobody_in_are_described(stored, words):
    """H38"""
    page = str(UserChangeForm(instance=User(pk=1, username="a", password=stored)))
    assert words in page
    assert "abc" not in page
    assert "Set password" in page


def test_changing_a_user_leaves_the_password(valid, save, ada):
    before = ada.password
    form = UserChangeForm(
        {"username": "ada", "password": "md5$a$b", "date_joined": "2026-01-01", "email": "a@b.example"}, instance=ada
    )
    assert valid(form), form.errors
    save(form)
    ada.refresh_from_db()
    assert (ada.password, ada.email) == (before, "a@b.example")


def test_any_form_of_a_users_model_hides_the_hash(ada):
    """H38: a form that somebody makes of the model with all its fields."""
    form = forms.modelform_factory(User, fields="__all__")(instance=ada)
    assert isinstance(form.fields["password"].widget, forms.PasswordInput)
    assert ada.password not in str(form)


def test_a_form_of_ones_own_may_describe_a_password():
    class Described(forms.Form):
        password = ReadOnlyPasswordHashField()

    form = Described(initial={"password": "md5$salt$hash"})
    assert "stored with md5" in str(form)
    assert "hash" not in str(form).replace("hash-", "")
    assert "href" not in str(form)


# -- passwords --------------------------------------------------------------------------------------------------------


def test_setting_a_password(valid, save, ada):
    form = SetPasswordForm(ada, {"new_password1": GOOD, "new_password2": GOOD})
    assert valid(form)
    assert save(form) == ada
    assert User.objects.get().check_password(GOOD)


def test_setting_a_password_without_saving(valid, save, ada):
    form = SetPasswordForm(ada, {"new_password1": GOOD, "new_password2": GOOD})
    assert valid(form)
    assert save(form, commit=False).check_password(GOOD)
    assert User.objects.get().check_password("secret")


def test_changing_a_password_needs_the_old_one(valid, ada):
    data = {"new_password1": GOOD, "new_password2": GOOD}
    assert valid(PasswordChangeForm(ada, {**data, "old_password": "secret"}))
    form = PasswordChangeForm(ada, {**data, "old_password": "wrong"})
    assert not valid(form)
    assert form.has_error("old_password", "password_incorrect")
    assert list(form.fields) == ["old_password", "new_password1", "new_password2"]


def test_an_admin_changes_a_password(valid, save, ada):
    form = AdminPasswordChangeForm(ada, {"password1": GOOD, "password2": GOOD})
    assert valid(form)
    assert form.changed_data == ["password"]
    assert save(form).check_password(GOOD)
    form = AdminPasswordChangeForm(ada, {"password1": "", "password2": ""})
    assert not valid(form)
    form = AdminPasswordChangeForm(ada, {"usable_password": "false"})
    assert valid(form)
    assert form.changed_data == ["password"]
    save(form)
    assert not User.objects.get().has_usable_password()


def test_somebody_overrides_saving(valid, save, ada):
    class Noting(SetPasswordForm):
        def save(self, commit=True):
            self.noted = True
            return super().save(commit)

    form = Noting(ada, {"new_password1": GOOD, "new_password2": GOOD})
    assert valid(form)
    save(form)
    assert form.noted
    assert User.objects.get().check_password(GOOD)


def test_signing_in_by_a_form(valid, ada):
    form = AuthenticationForm(None, {"username": "ada", "password": "secret"})
    assert valid(form)
    assert form.get_user() == ada
    assert not valid(AuthenticationForm(None, {"username": "ada", "password": "wrong"}))


# -- a link by mail ---------------------------------------------------------------------------------------------------


@pytest.fixture
def request_of():
    return lambda host="testserver", **options: RequestFactory().get("/", headers={"host": host}, **options)


def test_the_link_goes_to_the_stored_address(valid, save, ada, request_of):
    """C15"""
    form = PasswordResetForm({"email": "ADA@EXAMPLE.COM"})
    assert valid(form)
    save(form, request=request_of())
    message = mail.outbox[0]
    assert message.to == ["Ada@example.com"]
    assert "http://testserver/accounts/reset/" in message.body
    assert message.subject == "A new password for testserver"
    assert "\n" not in message.subject


@pytest.mark.parametrize(
    "typed", ["\N{LATIN SMALL LETTER DOTLESS I}da@example.com", "ida@exampl\N{CYRILLIC SMALL LETTER IE}.com", "ida@example.com.evil.example"]
)  # fmt: skip
def test_lookalike_addresses_get_nothing(valid, save, request_of, typed):
    """C15: 2019-19844."""
    User.objects.create_user("ida", "ida@example.com", "secret")
    form = PasswordResetForm({"email": typed})
    if valid(form):
        save(form, request=request_of())
    assert mail.outbox == []


def test_who_gets_no_link(valid, save, request_of):
    User.objects.create_user("closed", "a@example.com", "secret", is_active=False)
    User.objects.create_user("elsewhere", "a@example.com", None)
    form = PasswordResetForm({"email": "a@example.com"})
    assert valid(form)
    save(form, request=request_of())
    assert mail.outbox == []


def test_accounts_with_one_address_get_a_link_each(valid, save, request_of):
    for name in ("one", "two"):
        User.objects.create_user(name, "a@example.com", "secret")
    form = PasswordResetForm({"email": "a@example.com"})
    assert valid(form)
    save(form, request=request_of())
    assert ["one" in message.body for message in mail.outbox] == [True, False]


@pytest.mark.parametrize("typed", ["", "x", "a@example.com\nBcc: b@example.com", "a" * 250 + "@example.com"])
def test_addresses_that_are_none(valid, typed):
    assert not valid(PasswordResetForm({"email": typed}))


def test_links_lead_to_the_site_and_not_where_the_request_says(valid, save, ada, request_of):
    """H08, H34"""
    form = PasswordResetForm({"email": "ada@example.com"})
    assert valid(form)
    with settings.override(ALLOWED_HOSTS=["*"], SITE_URL="https://books.example"):
        save(form, request=request_of("evil.example"))
    assert "https://books.example/accounts/reset/" in mail.outbox[0].body
    assert "evil" not in mail.outbox[0].body


@pytest.mark.parametrize("allowed", [["*"], [".example"]])
def test_a_host_of_a_wildcard_gets_into_no_mail(valid, save, ada, request_of, allowed):
    """H08, H34"""
    form = PasswordResetForm({"email": "ada@example.com"})
    assert valid(form)
    with settings.override(ALLOWED_HOSTS=allowed), pytest.raises(ImproperlyConfigured, match="Set SITE_URL"):
        save(form, request=request_of("evil.example"))
    assert mail.outbox == []


def test_what_goes_wrong_with_a_mail_is_logged_only(valid, save, ada, request_of, caplog):
    """H33"""
    form = PasswordResetForm({"email": "ada@example.com"})
    assert valid(form)
    with (
        settings.override(MAILERS={"default": {"BACKEND": "tests.auth.test_forms.Broken"}}),
        caplog.at_level(logging.ERROR, "manoir.auth"),
    ):
        save(form, request=request_of())
    assert "could not be sent" in caplog.text
    assert "ada@example.com" not in caplog.messages[0].lower()


class Broken(mail.BaseEmailBackend):
    async def asend_messages(self, email_messages):
        raise ConnectionRefusedError("no mail today")


def test_parts_of_the_mail_are_replaced(valid, save, ada, request_of):
    class Own(PasswordResetForm):
        def get_users(self, email):
            return User.objects.filter(email__iexact=email)

        def send_mail(self, subject, body, context, from_email, to_email, html_email_template_name=None):
            mail.send_mail(
                "own", f"{context['protocol']} {context['domain']} {context['colour']}", from_email, [to_email]
            )

    form = Own({"email": "ada@example.com"})
    assert valid(form)
    save(form, domain_override="books.example", use_https=True, extra_email_context={"colour": "red"})
    assert mail.outbox[0].body == "https books.example red"
