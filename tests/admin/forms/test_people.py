"""Users and groups in the admin: nobody sees a hash, nobody gives or takes over more than they have."""

from __future__ import annotations

import pytest

from manoir.admin import LogEntry
from manoir.auth import Group, Permission, get_user_model
from manoir.testing import Client
from tests.admin.forms.browser import form_data

USERS = "/admin/auth/user"
STAFF = ("add_user", "change_user", "delete_user", "view_user", "change_group", "view_group", "add_group")


@pytest.fixture
def eve(people):
    return get_user_model().objects.create_user("eve", "eve@example.com", "old secret", is_staff=True)


def permission(codename):
    return Permission.objects.get(codename=codename)


def change(user):
    return f"{USERS}/{user.pk}/change/"


# -- passwords --------------------------------------------------------------------------------------------------------


def test_a_user_is_made_with_a_password_and_more_can_be_filled_in(client):
    page = client.get(f"{USERS}/add/")
    data = form_data(page, username="ada", password1="a long new one 7", password2="a long new one 7")
    answer = client.post(f"{USERS}/add/", data)
    ada = get_user_model().objects.get(username="ada")
    assert answer.headers["Location"] == change(ada)
    assert ada.check_password("a long new one 7")
    assert "a long new one" not in LogEntry.objects.get().change_message


def test_passwords_that_differ_or_break_the_rules_make_no_user(client):
    for first, second in (("a long new one 7", "another"), ("", "")):
        page = client.post(
            f"{USERS}/add/",
            form_data(client.get(f"{USERS}/add/"), username="ada", password1=first, password2=second),
        )
        assert page.status_code == 200
    assert not get_user_model().objects.filter(username="ada").exists()


def test_the_hash_is_nowhere(client, eve):
    """H38: on the page of a user, in its list, its history, its deletion, for the view-only staff and as first value."""
    salt, digest = eve.password.split("$")[1:3]
    client.post(change(eve), form_data(client.get(change(eve)), first_name="Eve"))
    for url in (
        change(eve), f"{USERS}/", f"{USERS}/{eve.pk}/history/", f"{USERS}/{eve.pk}/delete/", f"{USERS}/{eve.pk}/password/",
        f"{USERS}/add/?password=x",
    ):  # fmt: skip
        page = client.get(url)
        assert page.status_code == 200
        assert salt not in page.text
        assert digest not in page.text
        assert digest[:8] not in page.text
    assert "A password is set" in client.get(change(eve)).text


def test_view_only_staff_sees_no_hash_either(staff, eve):
    page = staff("view_user").get(change(eve))
    assert page.status_code == 200
    assert eve.password.split("$")[2][:8] not in page.text
    assert "eve@example.com" in page.text


def test_what_is_sent_for_the_password_field_is_not_taken(client, eve):
    """H02."""
    before = eve.password
    client.post(change(eve), form_data(client.get(change(eve)), password="md5$x$y", last_login="2020-01-01"))
    eve.refresh_from_db()
    assert eve.password == before


def test_a_password_is_set_and_that_is_logged_without_it(client, eve):
    url = f"{USERS}/{eve.pk}/password/"
    page = client.post(
        url, {"usable_password": "true", "password1": "brand new pass 9", "password2": "brand new pass 9"}
    )
    assert page.headers["Location"] == change(eve)
    eve.refresh_from_db()
    assert eve.check_password("brand new pass 9")
    assert LogEntry.objects.get().get_change_message() == "Changed password."


def test_a_password_is_taken_away(client, eve):
    client.post(f"{USERS}/{eve.pk}/password/", {"usable_password": "false"})
    eve.refresh_from_db()
    assert not eve.has_usable_password()
    assert "No password is set" in client.get(change(eve)).text


def test_a_wrong_new_password_changes_nothing(client, eve):
    before = eve.password
    page = client.post(f"{USERS}/{eve.pk}/password/", {"password1": "one two three 4", "password2": "other"})
    assert page.status_code == 200
    assert "The two passwords differ." in page.text
    assert "one two three" not in page.text
    eve.refresh_from_db()
    assert eve.password == before


def test_who_changes_their_own_password_stays_signed_in(client, boss):
    data = {"usable_password": "true", "password1": "brand new pass 9", "password2": "brand new pass 9"}
    assert client.post(f"{USERS}/{boss.pk}/password/", data).status_code == 302
    assert client.get(change(boss)).status_code == 200


def test_sessions_of_somebody_end_with_a_new_password(client, eve):
    other = Client()
    other.force_login(eve)
    assert other.get("/admin/").status_code == 200
    client.post(f"{USERS}/{eve.pk}/password/", {"password1": "brand new pass 9", "password2": "brand new pass 9"})
    assert other.get("/admin/").status_code == 302


def test_the_password_page_needs_the_permission(staff, eve):
    client = staff("view_user")
    url = f"{USERS}/{eve.pk}/password/"
    assert (client.get(url).status_code, client.post(url, {}).status_code) == (403, 403)
    assert client.get(f"{USERS}/999/password/").status_code == 403


# -- rights -----------------------------------------------------------------------------------------------------------


def attempts(boss, eve):
    """Pages by which staff that may change users would gain more than it has."""
    return [
        (change(boss), {"username": "mine", "email": "mine@example.com"}),
        (f"{USERS}/{boss.pk}/password/", {"password1": "brand new pass 9", "password2": "brand new pass 9"}),
        (f"{USERS}/{boss.pk}/delete/", {"post": "yes"}),
        (change(eve), {"username": "eve", "email": "mine@example.com"}),
        (f"{USERS}/{eve.pk}/password/", {"password1": "brand new pass 9", "password2": "brand new pass 9"}),
        (f"{USERS}/{eve.pk}/delete/", {"post": "yes"}),
    ]


@pytest.mark.parametrize("number", range(6))
def test_nobody_takes_over_an_account_with_rights_that_they_lack(staff, boss, eve, number):
    """H03: not a superuser's, and not that of staff that may do more, whether by itself, by a group, or while inactive."""
    group = Group.objects.create(name="Keepers")
    group.permissions.add(permission("delete_guild"))
    eve.groups.add(group)
    eve.is_active = False
    eve.save()
    client = staff(*STAFF)
    url, data = attempts(boss, eve)[number]
    assert client.post(url, data).status_code == 403
    before = (boss.password, boss.username, eve.password, eve.email)
    boss.refresh_from_db()
    eve.refresh_from_db()
    assert (boss.password, boss.username, eve.password, eve.email) == before


def test_staff_changes_accounts_with_no_more_rights(staff, eve):
    eve.user_permissions.add(permission("view_group"))
    client = staff(*STAFF)
    assert client.post(change(eve), form_data(client.get(change(eve)), first_name="Eve")).status_code == 302
    eve.refresh_from_db()
    assert eve.first_name == "Eve"


def test_only_superusers_make_superusers(staff, eve):
    """H03."""
    client = staff(*STAFF)
    page = client.get(change(eve))
    assert 'name="is_superuser"' not in page.text
    client.post(change(eve), form_data(page, is_superuser="on"))
    client.post(change(client.user), form_data(client.get(change(client.user)), is_superuser="on"))
    client.post(f"{USERS}/add/", form_data(client.get(f"{USERS}/add/"), username="new", is_superuser="on", is_staff="on",
                                           password1="brand new pass 9", password2="brand new pass 9"))  # fmt: skip
    assert not get_user_model().objects.filter(is_superuser=True).exclude(username="boss").exists()
    assert get_user_model().objects.filter(username="new", is_staff=False).exists()


def test_nobody_gives_a_permission_or_a_group_that_they_lack(staff, eve):
    """H03: neither to others nor to themselves."""
    strong = Group.objects.create(name="Strong")
    strong.permissions.add(permission("delete_guild"))
    weak = Group.objects.create(name="Weak")
    weak.permissions.add(permission("view_group"))
    client = staff(*STAFF)
    for user in (eve, client.user):
        page = client.get(change(user))
        assert "Can delete guild" not in page.text
        assert "Strong" not in page.text
        for forged in ({"user_permissions": str(permission("delete_guild").pk)}, {"groups": str(strong.pk)}):
            assert client.post(change(user), form_data(page, **forged)).status_code == 200
        assert client.post(change(user), form_data(page, groups=str(weak.pk))).status_code == 302
        assert list(user.groups.all()) == [weak]
        assert not user.user_permissions.filter(codename="delete_guild").exists()


def test_rights_beyond_ones_own_stay_when_somebody_else_saves(staff, people):
    """What a group holds beyond the giver's rights is neither shown nor lost."""
    group = Group.objects.create(name="Keepers")
    group.permissions.add(permission("delete_guild"), permission("view_group"))
    client = staff(*STAFF)
    url = f"/admin/auth/group/{group.pk}/change/"
    page = client.get(url)
    data = form_data(page)
    assert data["permissions"] == [str(permission("view_group").pk)]
    assert client.post(url, form_data(page, permissions=[str(permission("change_group").pk)])).status_code == 302
    assert set(group.permissions.values_list("codename", flat=True)) == {"delete_guild", "change_group"}
    assert client.post(url, form_data(page, permissions=[str(permission("delete_group").pk)])).status_code == 200


def test_a_list_that_can_be_edited_is_no_way_around(staff, eve, monkeypatch):
    """H03: superuser status in `list_editable`."""
    from tests.admin.forms.site.admin import site

    own = site.get_model_admin(get_user_model())
    monkeypatch.setattr(own, "list_display", ["username", "is_superuser", "first_name"])
    monkeypatch.setattr(own, "list_editable", ["is_superuser", "first_name"])
    client = staff(*STAFF)
    users = list(get_user_model().objects.order_by("username"))
    data = {"form-TOTAL_FORMS": str(len(users)), "form-INITIAL_FORMS": str(len(users)), "_save": "Save"}
    for number, user in enumerate(users):
        data |= {
            f"form-{number}-id": str(user.pk),
            f"form-{number}-is_superuser": "on",
            f"form-{number}-first_name": "New",
        }
    client.post(f"{USERS}/", data)
    assert not get_user_model().objects.filter(is_superuser=True).exclude(username="boss").exists()
    eve.refresh_from_db()
    assert eve.first_name == "New"


def test_a_superuser_gives_everything(client, eve):
    data = form_data(client.get(change(eve)), is_superuser="on", user_permissions=[str(permission("delete_guild").pk)])
    assert client.post(change(eve), data).status_code == 302
    eve.refresh_from_db()
    assert eve.is_superuser
    assert [one.codename for one in eve.user_permissions.all()] == ["delete_guild"]


def test_who_may_add_users_but_not_change_them_does_not_add_any(staff):
    """A page to add a user would tell which names are taken."""
    assert staff("add_user").get(f"{USERS}/add/").status_code == 403


def test_permissions_are_named_with_their_models(client):
    page = client.get("/admin/auth/group/add/")
    assert "Atelier | guild | Can add guild" in page.text


def test_the_list_cannot_be_filtered_by_hashes(client, eve):
    """H37."""
    for query in ("password__startswith=md5", "password=x", "user_permissions__user__password__startswith=m"):
        page = client.get(f"{USERS}/?{query}")
        assert page.status_code in (302, 400)


# -- the log ----------------------------------------------------------------------------------------------------------


def test_the_history_of_all_objects_is_read_only(client, eve):
    client.post(change(eve), form_data(client.get(change(eve)), first_name="Eve"))
    entry = LogEntry.objects.get()
    listing = client.get("/admin/admin/logentry/")
    assert "Changed first name." in listing.text
    page = client.get(f"/admin/admin/logentry/{entry.pk}/change/")
    assert "Changed first name." in page.text
    assert 'name="_save"' not in page.text
    for url in ("/admin/admin/logentry/add/", f"/admin/admin/logentry/{entry.pk}/delete/"):
        assert client.post(url, {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/admin/logentry/{entry.pk}/change/", {"object_repr": "x"}).status_code == 403


def test_a_user_goes_with_its_entries_of_the_log(client, eve, boss):
    LogEntry.objects.log_actions(eve.pk, [boss], 2, "x")
    page = client.get(f"{USERS}/{eve.pk}/delete/")
    assert dict(page.context["model_count"])["log entries"] == 1
    assert client.post(f"{USERS}/{eve.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not get_user_model().objects.filter(username="eve").exists()
