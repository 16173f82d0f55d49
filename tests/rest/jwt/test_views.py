"""Addresses of tokens: by password, by another token, ending them (H31, H33, H35)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from manoir import rest
from manoir.auth import User
from manoir.conf import settings
from manoir.rest import jwt
from manoir.rest.jwt.models import BlacklistedToken, OutstandingToken
from manoir.urls import path
from tests.rest.jwt.conftest import ROTATING, bearer, simple_jwt, urlpatterns

WRONG = {"detail": "This token is not valid, or it has expired.", "code": "token_not_valid"}


def refused(answer):
    return answer.status_code == 401 and answer.json() == WRONG and answer["WWW-Authenticate"] == 'Bearer realm="api"'


def post(api, address, **data):
    return api.post(address, data, format="json")


def test_a_pair_of_tokens(api, sign_in):
    pair = sign_in()
    assert sorted(pair) == ["access", "refresh"]
    answer = api.get("/who/", headers=bearer(pair["access"]))
    assert answer.json()["user"] == "ann"
    assert answer.json()["auth"].startswith("<AccessToken ")


def test_answers_with_tokens_are_not_stored(api):
    answer = post(api, "/token/", username="ann", password="ann-secret")
    assert answer["Cache-Control"] == "no-store"


def test_a_request_without_token_is_asked_for_one(api):
    answer = api.get("/who/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_all_failures_have_one_answer(api):
    """H33: unknown, inactive and wrong passwords cannot be told apart."""
    User.objects.filter(username="bob").update(is_active=False)
    tries = [("ann", "wrong"), ("nobody", "wrong"), ("bob", "bob-secret"), ("ann", "ann-secret ")]
    answers = [post(api, "/token/", username=name, password=password) for name, password in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("address", ["/token/", "/token/sliding/"])
def test_guesses_are_counted(api, address):
    """H31: the lockout of the pages to sign in holds here, too."""
    with settings.override(LOGIN_FAILURE_LIMIT=2):
        for _ in range(2):
            assert post(api, address, username="ann", password="guess").status_code == 401
        answer = post(api, address, username="ann", password="ann-secret")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60


def test_what_is_missing_is_told(api):
    answer = post(api, "/token/", username="ann")
    assert answer.status_code == 400
    assert list(answer.json()) == ["password"]


def test_a_refresh_gives_an_access_token(api, sign_in):
    refresh = sign_in()["refresh"]
    answer = post(api, "/token/refresh/", refresh=refresh)
    assert list(answer.json()) == ["access"]
    assert api.get("/who/", headers=bearer(answer.json()["access"])).status_code == 200
    assert post(api, "/token/refresh/", refresh=refresh).status_code == 200


def test_kinds_are_not_mixed_up(api, sign_in):
    """H36: a refresh token is no access token, and the other way round."""
    pair, sliding = sign_in(), sign_in("/token/sliding/")["token"]
    assert refused(api.get("/who/", headers=bearer(pair["refresh"])))
    assert refused(api.get("/who/", headers=bearer(sliding)))
    assert refused(post(api, "/token/refresh/", refresh=pair["access"]))
    assert refused(post(api, "/token/refresh/", refresh=sliding))
    assert refused(post(api, "/token/blacklist/", refresh=pair["access"]))
    assert refused(post(api, "/token/sliding/refresh/", token=pair["refresh"]))


def test_rotation_exchanges_the_refresh_token(api, sign_in):
    with simple_jwt(**ROTATING):
        first = sign_in()["refresh"]
        answer = post(api, "/token/refresh/", refresh=first).json()
        assert sorted(answer) == ["access", "refresh"]
        assert answer["refresh"] != first
        assert api.get("/who/", headers=bearer(answer["access"])).status_code == 200
        assert post(api, "/token/refresh/", refresh=answer["refresh"]).status_code == 200
        assert OutstandingToken.objects.count() == 1


def test_a_rotated_token_that_comes_back_ends_its_family(api, sign_in):
    """H35: whoever has a copy, thief or owner, both have to sign in again; other sign-ins go on."""
    with simple_jwt(**ROTATING):
        first, other = sign_in()["refresh"], sign_in()["refresh"]
        second = post(api, "/token/refresh/", refresh=first).json()["refresh"]
        third = post(api, "/token/refresh/", refresh=second).json()["refresh"]
        assert refused(post(api, "/token/refresh/", refresh=first))
        assert refused(post(api, "/token/refresh/", refresh=third))
        assert post(api, "/token/refresh/", refresh=other).status_code == 200


@pytest.mark.parametrize("address", ["/token/blacklist/", "/token/verify/"])
def test_a_rotated_token_ends_its_family_wherever_it_is_shown(api, sign_in, address):
    with simple_jwt(**ROTATING):
        first = sign_in()["refresh"]
        second = post(api, "/token/refresh/", refresh=first).json()["refresh"]
        assert refused(post(api, address, **{"refresh": first, "token": first}))
        assert refused(post(api, "/token/refresh/", refresh=second))


def test_rotation_without_blacklisting_leaves_the_old_token(api, sign_in):
    """As documented, and named by a check."""
    with simple_jwt(ROTATE_REFRESH_TOKENS=True, BLACKLIST_AFTER_ROTATION=False):
        first = sign_in()["refresh"]
        second = post(api, "/token/refresh/", refresh=first).json()["refresh"]
        assert post(api, "/token/refresh/", refresh=first).status_code == 200
        assert post(api, "/token/blacklist/", refresh=second).status_code == 200
        assert post(api, "/token/refresh/", refresh=first).status_code == 200
        assert refused(post(api, "/token/refresh/", refresh=second))


def test_blacklisting_ends_a_refresh_token(api, sign_in):
    """H35"""
    refresh = sign_in()["refresh"]
    answer = post(api, "/token/blacklist/", refresh=refresh)
    assert (answer.status_code, answer.json()) == (200, {})
    assert refused(post(api, "/token/refresh/", refresh=refresh))
    assert refused(post(api, "/token/blacklist/", refresh=refresh))
    assert BlacklistedToken.objects.get().token.user_id == User.objects.get(username="ann").pk


def test_signing_out_everywhere(api, sign_in, people):
    """The documented recipe: blacklist every outstanding token of a user."""
    tokens = [sign_in()["refresh"], sign_in()["refresh"]]
    for row in OutstandingToken.objects.filter(user=people.ann.user):
        BlacklistedToken.objects.get_or_create(token=row)
    assert all(refused(post(api, "/token/refresh/", refresh=token)) for token in tokens)


def test_a_token_whose_row_is_gone_has_ended(api, sign_in):
    refresh = sign_in()["refresh"]
    OutstandingToken.objects.all().delete()
    assert refused(post(api, "/token/refresh/", refresh=refresh))


def test_verify(api, sign_in):
    pair, sliding = sign_in(), sign_in("/token/sliding/")["token"]
    for token in (*pair.values(), sliding):
        answer = post(api, "/token/verify/", token=token)
        assert (answer.status_code, answer.json()) == (200, {})
    post(api, "/token/blacklist/", refresh=pair["refresh"])
    assert refused(post(api, "/token/verify/", token=pair["refresh"]))
    assert refused(post(api, "/token/verify/", token=pair["access"] + "x"))
    assert post(api, "/token/verify/", token="x" * 4_001).status_code == 400


def test_sliding_tokens(api, sign_in, people):
    sliding_only = {"AUTH_TOKEN_CLASSES": ("manoir.rest.jwt.tokens.SlidingToken",)}
    with simple_jwt(**sliding_only):
        token = sign_in("/token/sliding/")["token"]
        assert api.get("/who/", headers=bearer(token)).json()["user"] == "ann"
        renewed = post(api, "/token/sliding/refresh/", token=token).json()["token"]
        assert api.get("/who/", headers=bearer(renewed)).status_code == 200
    with simple_jwt(**sliding_only, SLIDING_TOKEN_REFRESH_LIFETIME=timedelta(seconds=-1)):
        assert refused(post(api, "/token/sliding/refresh/", token=sign_in("/token/sliding/")["token"]))
    OutstandingToken.objects.first().blacklist()
    OutstandingToken.objects.last().blacklist()
    with simple_jwt(**sliding_only):
        assert refused(api.get("/who/", headers=bearer(token)))
        assert refused(api.get("/who/", headers=bearer(renewed)))


def test_several_kinds_of_tokens_in_the_header(api, sign_in):
    kinds = ("manoir.rest.jwt.tokens.SlidingToken", "manoir.rest.jwt.tokens.AccessToken")
    with simple_jwt(AUTH_TOKEN_CLASSES=kinds):
        for token in (sign_in()["access"], sign_in("/token/sliding/")["token"]):
            assert api.get("/who/", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer a", "Bearer ..", "Bearer \xff.\xff.\xff"])
def test_headers_that_hold_no_token(api, header):
    answer = api.get("/who/", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["code"] in ("token_not_valid", "bad_authorization_header")


def test_the_header_of_the_settings(api, sign_in):
    token = sign_in()["access"]
    with simple_jwt(AUTH_HEADER_TYPES=("JWT", "Bearer"), AUTH_HEADER_NAME="HTTP_X_ACCESS_TOKEN"):
        assert api.get("/who/", headers={"X-Access-Token": f"JWT {token}"}).status_code == 200
        assert api.get("/who/", headers=bearer(token)).status_code == 401
        assert api.get("/who/")["WWW-Authenticate"] == 'JWT realm="api"'
    assert api.get("/who/", headers={"authorization": f"JWT {token}"}).status_code == 401


def test_stateless_users(api, sign_in, people):
    token = jwt.AccessToken.for_user(people.ann.user)
    token["username"] = "from the token"
    answer = api.get("/stateless/", headers=bearer(token))
    assert answer.json()["kind"] == "TokenUser"
    assert refused(api.get("/stateless/", headers=bearer(jwt.AccessToken())))
    assert refused(api.get("/stateless/", headers=bearer(sign_in()["refresh"])))


def test_last_login(api, sign_in, people):
    sign_in()
    assert User.objects.get(username="ann").last_login is None
    with simple_jwt(UPDATE_LAST_LOGIN=True):
        sign_in()
    assert User.objects.get(username="ann").last_login is not None


class WithName(jwt.TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["name"] = user.username
        return token

    def validate(self, attrs):
        data = super().validate(attrs)
        return {**data, "who": self.user.username}


class WithNameInACoroutine(jwt.TokenObtainPairSerializer):
    @classmethod
    async def aget_token(cls, user):
        token = await super().aget_token(user)
        token["name"] = (await User.objects.aget(pk=user.pk)).username
        return token

    async def avalidate(self, attrs):
        return {**await super().avalidate(attrs), "who": self.user.username}


class NamedToken(jwt.RefreshToken):
    @classmethod
    def for_user(cls, user):
        token = super().for_user(user)
        token["name"] = user.username
        return token


class WithKind(jwt.TokenObtainPairSerializer):
    token_class = NamedToken

    def validate(self, attrs):
        return {**super().validate(attrs), "who": self.user.username}


@pytest.mark.parametrize("serializer", [WithName, WithNameInACoroutine, WithKind])
def test_claims_and_answers_of_a_project(api, sign_in, serializer):
    with simple_jwt(TOKEN_OBTAIN_SERIALIZER=f"{serializer.__module__}.{serializer.__name__}"):
        answer = sign_in()
    assert answer["who"] == "ann"
    assert jwt.AccessToken(answer["access"])["name"] == "ann"
    assert post(api, "/token/refresh/", refresh=answer["refresh"]).status_code == 200
    with simple_jwt(**ROTATING):
        rotated = post(api, "/token/refresh/", refresh=answer["refresh"]).json()
    assert jwt.AccessToken(rotated["access"])["name"] == "ann"


def staff_only(user):
    return user is not None and User.objects.get(pk=user.pk).is_staff


async def astaff_only(user):
    return user is not None and (await User.objects.aget(pk=user.pk)).is_staff


@pytest.mark.parametrize("rule", [staff_only, astaff_only])
def test_the_rule_of_a_project(api, sign_in, rule):
    pair = sign_in()
    with simple_jwt(USER_AUTHENTICATION_RULE=f"{__name__}.{rule.__name__}"):
        assert post(api, "/token/", username="ann", password="ann-secret").status_code == 401
        assert post(api, "/token/", username="bob", password="bob-secret").status_code == 200
        assert refused(api.get("/who/", headers=bearer(pair["access"])))
        assert refused(post(api, "/token/refresh/", refresh=pair["refresh"]))


def test_views_with_a_serializer_of_their_own(api):
    view = jwt.TokenObtainPairView.as_view(serializer_class=WithName)
    with settings.override(ROOT_URLCONF=[path("mine/", view), *urlpatterns]):
        assert post(api, "/mine/", username="ann", password="ann-secret").json()["who"] == "ann"


class FromMail(rest.APIView):
    """A view of a project that makes tokens itself, in the colour of a `def`."""

    def post(self, request):
        refresh = jwt.RefreshToken.for_user(User.objects.get(username="ann"))
        return rest.Response({"refresh": str(refresh), "access": str(refresh.access_token)})

    def delete(self, request):
        jwt.RefreshToken(request.data["refresh"]).blacklist()
        return rest.Response(status=204)


def test_tokens_made_by_hand_in_a_sync_view(api):
    with settings.override(ROOT_URLCONF=[path("mail/", FromMail.as_view()), *urlpatterns]):
        pair = post(api, "/mail/").json()
        assert api.get("/who/", headers=bearer(pair["access"])).status_code == 200
        assert post(api, "/token/refresh/", refresh=pair["refresh"]).status_code == 200
        assert api.delete("/mail/", {"refresh": pair["refresh"]}, format="json").status_code == 204
        assert refused(post(api, "/token/refresh/", refresh=pair["refresh"]))
