"""What ends tokens: a new password, an account made inactive, a deletion (H35)."""

from __future__ import annotations

import pytest

from manoir.auth import User
from manoir.conf import settings
from manoir.rest import jwt
from manoir.rest._epoch import epoch_of
from tests.rest.jwt.conftest import ROTATING, bearer, simple_jwt
from tests.rest.jwt.test_views import post, refused

SLIDING = {"AUTH_TOKEN_CLASSES": ("manoir.rest.jwt.tokens.SlidingToken", "manoir.rest.jwt.tokens.AccessToken")}


def new_password(user):
    user.set_password("another-secret")
    user.save()


def hash_from_elsewhere(user):
    """A password that is set without `save()`, as a script does it."""
    other = User(username="x")
    other.set_password("another-secret")
    User.objects.filter(pk=user.pk).update(password=other.password)


def unusable(user):
    user.set_unusable_password()
    user.save()


def inactive(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def deleted(user):
    User.objects.filter(pk=user.pk).delete()


ENDS = [new_password, hash_from_elsewhere, unusable, inactive, deleted]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("options", [{}, ROTATING], ids=["kept", "rotating"])
def test_what_ends_every_token_of_a_user(api, sign_in, people, end, options):
    """H35: access, refresh and sliding tokens, at each request and each refresh; those of others go on."""
    with simple_jwt(**SLIDING, **options):
        pair, sliding = sign_in(), sign_in("/token/sliding/")["token"]
        others = jwt.AccessToken.for_user(people.bob.user)
        end(people.ann.user)
        for token in (pair["access"], sliding):
            assert refused(api.get("/who/", headers=bearer(token)))
        assert refused(post(api, "/token/refresh/", refresh=pair["refresh"]))
        assert refused(post(api, "/token/sliding/refresh/", token=sliding))
        for token in (*pair.values(), sliding):
            assert refused(post(api, "/token/verify/", token=token))
        assert api.get("/who/", headers=bearer(others)).status_code == 200


def test_tokens_of_the_new_password_work(api, sign_in, people):
    new_password(people.ann.user)
    answer = post(api, "/token/", username="ann", password="another-secret")
    assert api.get("/who/", headers=bearer(answer.json()["access"])).status_code == 200


def test_a_token_without_epoch_is_refused(api, people):
    """H35: a token that does not say for which password it was made is worth nothing."""
    token = jwt.AccessToken.for_user(people.ann.user)
    del token["epoch"]
    assert refused(api.get("/who/", headers=bearer(token)))
    token["epoch"] = epoch_of(people.bob.user)
    assert refused(api.get("/who/", headers=bearer(token)))


def test_the_epoch_tells_nothing_about_the_session(people):
    """A token is in the hands of clients: what sessions carry is not in it."""
    epoch = jwt.AccessToken.for_user(people.ann.user)["epoch"]
    assert len(epoch) == 32
    assert epoch not in people.ann.user.get_session_auth_hash()


def test_a_new_secret_key_keeps_tokens_of_the_older_one(api, sign_in):
    token, before = sign_in()["access"], settings.SECRET_KEY
    with settings.override(SECRET_KEY="n" * 50):
        assert refused(api.get("/who/", headers=bearer(token)))
    with settings.override(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[before]):
        assert api.get("/who/", headers=bearer(token)).status_code == 200


def test_checks_may_be_switched_off(api, sign_in, people):
    """As documented, and named by a check."""
    with simple_jwt(CHECK_REVOKE_TOKEN=False):
        token = sign_in()["access"]
        assert "epoch" not in jwt.AccessToken(token)
        new_password(people.ann.user)
        assert api.get("/who/", headers=bearer(token)).status_code == 200
        inactive(people.ann.user)
        assert refused(api.get("/who/", headers=bearer(token)))
    with simple_jwt(CHECK_REVOKE_TOKEN=False, CHECK_USER_IS_ACTIVE=False):
        assert api.get("/who/", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("named", ["0", "-1", "9" * 30, "x", "1.5", "1' OR 1=1", 7.0, "\ud800", "²"], ids=ascii)
def test_users_that_cannot_be(api, people, named):
    """H36: whatever a token names, the answer is 401."""
    token = jwt.AccessToken.for_user(people.ann.user)
    token["user_id"] = named
    try:
        text = str(token)
    except ValueError:  # half a surrogate pair cannot be written
        return
    assert refused(api.get("/who/", headers=bearer(text)))


def test_users_by_another_field(api, people):
    with simple_jwt(USER_ID_FIELD="username", USER_ID_CLAIM="sub"):
        token = jwt.AccessToken.for_user(people.ann.user)
        assert token["sub"] == "ann"
        assert api.get("/who/", headers=bearer(token)).json()["user"] == "ann"


@pytest.mark.parametrize("spelled", ["0{}", " {}", "+{}", "{} "])
def test_a_user_has_one_name(api, people, spelled):
    """C15: what a database or a number would take for the same is somebody else."""
    token = jwt.AccessToken.for_user(people.ann.user)
    token["user_id"] = spelled.format(people.ann.user.pk)
    assert refused(api.get("/who/", headers=bearer(token)))
