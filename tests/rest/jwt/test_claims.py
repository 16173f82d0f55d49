"""What a token has to be and to say: keys, header, signature, claims (C12, C13, H36)."""

from __future__ import annotations

import base64
import hmac
import json
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jws

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest import jwt
from manoir.rest.jwt import _keys
from manoir.rest.jwt._codec import MAX_TOKEN, decode, encode
from manoir.rest.jwt.settings import jwt_settings
from tests.rest.jwt.conftest import simple_jwt

SECRET = "a secret of this test, sixty-four bytes long, that nobody guesses"
NOW = 1_800_000_000
RSA = jwk.RSAKey.generate_key(2_048)
OTHER_RSA = jwk.RSAKey.generate_key(2_048)
EC = jwk.ECKey.generate_key("P-256")
ED = jwk.OKPKey.generate_key("Ed25519")


def pem(key, *, private):
    return key.as_pem(private=private).decode()


def signed(header, claims, key=SECRET):
    """A token as somebody writes it who has a key, by the standard alone."""
    secret = jwk.OctKey.import_key(key) if isinstance(key, str) else key
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    body = claims if isinstance(claims, (str, bytes)) else json.dumps(claims)
    return jws.serialize_compact(header, body, secret, registry=registry)


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes):
    right = {"token_type": "access", "exp": NOW + 300, "iat": NOW, "jti": "a" * 32, "user_id": "1"}
    return {name: value for name, value in {**right, **changes}.items() if value is not ...}


@pytest.fixture(autouse=True, scope="module")
def _clock():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("manoir.rest.jwt.tokens.now", lambda: datetime.fromtimestamp(NOW, UTC))
        yield


@pytest.fixture(autouse=True)
def _secret():
    with simple_jwt(SIGNING_KEY=SECRET):
        yield


def test_the_right_token_is_accepted():
    token = jwt.AccessToken(signed({"alg": "HS256", "typ": "JWT"}, claims(plan="free")))
    assert (token["user_id"], token["plan"], token.get("x"), "plan" in token) == ("1", "free", None, True)
    assert jwt.AccessToken(signed({"alg": "HS256"}, claims()).encode())["user_id"] == "1"


CLAIMS = {
    "another kind": claims(token_type="refresh"),
    "no kind": claims(token_type=...),
    "a kind that is no text": claims(token_type=["access"]),
    "a kind that is null": claims(token_type=None),
    "no end": claims(exp=...),
    "an end that is null": claims(exp=None),
    "an end that is a text": claims(exp=str(NOW + 300)),
    "an end that is true": claims(exp=True),
    "an end beyond all numbers": claims(exp=10**30),
    "an end before all numbers": claims(exp=-1),
    "an end that is a list": claims(exp=[NOW + 300]),
    "over": claims(exp=NOW - 1, iat=NOW - 10),
    "over just now": claims(exp=NOW, iat=NOW - 10),
    "too long a life": claims(exp=NOW + 91 * 86_400),
    "a long life that began before time": claims(iat=0),
    "no beginning": claims(iat=...),
    "a beginning that is a text": claims(iat="now"),
    "a beginning that is no number": claims(iat=float("nan")),
    "an end that is infinite": claims(exp=float("inf")),
    "from the future": claims(iat=NOW + 600, exp=NOW + 900),
    "not before the future": claims(nbf=NOW + 600),
    "not before a text": claims(nbf="x"),
    "not before true": claims(nbf=True),
    "no identifier": claims(jti=...),
    "an identifier that is a number": claims(jti=7),
    "an empty identifier": claims(jti=""),
    "a long identifier": claims(jti="a" * 256),
    "an identifier with NUL": claims(jti="a\0b"),
    "a user that is a list": claims(user_id=["1"]),
    "a user that is true": claims(user_id=True),
    "a user that is a mapping": claims(user_id={"pk__gt": 0}),
    "a user that is 1.5": claims(user_id=1.5),
    "an audience that nobody asked for": claims(aud="shop"),
    "audiences that nobody asked for": claims(aud=["shop"]),
    "an audience that is a number": claims(aud=7),
    "an issuer that is a list": claims(iss=["me"]),
    "a subject that is a number": claims(sub=1),
    "an epoch that is a number": claims(epoch=1),
    "a family that is a list": claims(family=["x"]),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_are_refused(name):
    """H36"""
    with pytest.raises(jwt.TokenError):
        jwt.AccessToken(signed({"alg": "HS256"}, CLAIMS[name]))


BODIES = {
    "a list": "[]",
    "null": "null",
    "a text": '"x"',
    "a number": "1",
    "cut off": "{",
    "nothing": "",
    "no UTF-8": b"\xff",
    "deep lists": "[" * 2_000,
    "deep claims": '{"a":' * 500 + "1" + "}" * 500,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_no_claims(name):
    """H52: nesting is no way to end a process."""
    with pytest.raises(jwt.TokenError):
        jwt.AccessToken(signed({"alg": "HS256"}, BODIES[name]))


ASKED = {
    "the audience": ({"AUDIENCE": "shop"}, {"aud": "shop"}, True),
    "one of its audiences": ({"AUDIENCE": "shop"}, {"aud": ["blog", "shop"]}, True),
    "one of our audiences": ({"AUDIENCE": ["shop", "till"]}, {"aud": "till"}, True),
    "no audience": ({"AUDIENCE": "shop"}, {}, False),
    "a part of the audience": ({"AUDIENCE": "shop"}, {"aud": "sho"}, False),
    "an empty audience": ({"AUDIENCE": "shop"}, {"aud": []}, False),
    "letters of the audience": ({"AUDIENCE": "shop"}, {"aud": ["s", "h", "o", "p"]}, False),
    "the issuer": ({"ISSUER": "me"}, {"iss": "me"}, True),
    "one of our issuers": ({"ISSUER": ["me", "you"]}, {"iss": "you"}, True),
    "a part of the issuer": ({"ISSUER": "me"}, {"iss": "m"}, False),
    "no issuer": ({"ISSUER": "me"}, {}, False),
    "any issuer": ({}, {"iss": "anybody"}, True),
    "a required claim": ({"REQUIRED_CLAIMS": ["plan"]}, {"plan": "free"}, True),
    "a missing claim": ({"REQUIRED_CLAIMS": ["plan"]}, {}, False),
    "over within the leeway": ({"LEEWAY": 30}, {"exp": NOW - 20, "iat": NOW - 60}, True),
    "early within the leeway": ({"LEEWAY": timedelta(seconds=30)}, {"nbf": NOW + 20}, True),
    "over beyond the leeway": ({"LEEWAY": 30}, {"exp": NOW - 40, "iat": NOW - 60}, False),
    "longer than the longest life": ({"MAX_LIFETIME": timedelta(seconds=299)}, {}, False),
    "the kind elsewhere": ({"TOKEN_TYPE_CLAIM": "kind"}, {"kind": "access"}, True),
    "no kind there": ({"TOKEN_TYPE_CLAIM": "kind"}, {}, False),
    "no identifier there": ({"JTI_CLAIM": "sid"}, {}, False),
}


@pytest.mark.parametrize("name", ASKED)
def test_claims_that_settings_ask_for(name):
    """H36: audience and issuer are exact."""
    options, changes, right = ASKED[name]
    with simple_jwt(SIGNING_KEY=SECRET, **options):
        text = signed({"alg": "HS256"}, claims(**changes))
        if right:
            jwt.AccessToken(text)
        else:
            with pytest.raises(jwt.TokenError):
                jwt.AccessToken(text)


def test_what_is_written_names_issuer_and_audience():
    with simple_jwt(SIGNING_KEY=SECRET, AUDIENCE=["shop", "till"], ISSUER=["me", "you"]):
        token = jwt.AccessToken(str(jwt.AccessToken()))
        assert (token["aud"], token["iss"]) == (["shop", "till"], "me")


HEADERS = {
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "another hash": {"alg": "HS512"},
    "crit": {"alg": "HS256", "crit": ["exp"], "exp": 1},
    "an address of keys": {"alg": "HS256", "jku": "https://evil.example/keys.json"},
    "a key of its own": {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}},
    "certificates": {"alg": "HS256", "x5c": ["AAAA"]},
    "an address of certificates": {"alg": "HS256", "x5u": "https://evil.example/cert.pem"},
    "compressed": {"alg": "HS256", "zip": "DEF"},
    "another type": {"alg": "HS256", "typ": "JOSE"},
    "a type that is a number": {"alg": "HS256", "typ": 7},
    "a key name that is a list": {"alg": "HS256", "kid": ["x"]},
    "anything else": {"alg": "HS256", "x": 1},
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_refused(name):
    """C12, C13: the algorithm is the settings', and nothing in the header is followed."""
    body = f"{part(HEADERS[name])}.{part(claims())}"
    right = signed({"alg": "HS256"}, claims())
    signature = part(hmac.digest(SECRET.encode(), body.encode(), "sha256"))
    for text in (f"{body}.", f"{body}.{signature}", f"{body}.{right.rpartition('.')[2]}"):
        with pytest.raises(jwt.TokenError):
            jwt.AccessToken(text)


@pytest.mark.parametrize("kid", ["../../../../dev/null", "https://evil.example/", "x' OR 1=1 --", "1"])
def test_the_name_of_a_key_chooses_nothing(kid):
    """C13: a forged token stays forged whatever it says about keys."""
    header = {"alg": "HS256", "kid": kid}
    assert jwt.AccessToken(signed(header, claims()))["user_id"] == "1"
    for secret in ("\0" * 32, "1" * 32):
        with pytest.raises(jwt.TokenError):
            jwt.AccessToken(signed(header, claims(), secret))


PUBLIC = pem(RSA, private=False)


def hmac_by(secret, alg="HS256"):
    body = f"{part({'alg': alg})}.{part(claims())}"
    return f"{body}.{part(hmac.digest(secret, body.encode(), alg.replace('HS', 'sha')))}"


def test_a_public_key_is_no_secret():
    """C12: the public key of RS256, used as the secret of HS256."""
    with simple_jwt(ALGORITHM="RS256", SIGNING_KEY=pem(RSA, private=True), VERIFYING_KEY=PUBLIC):
        assert jwt.AccessToken(str(jwt.AccessToken()))
        for secret in (PUBLIC.encode(), PUBLIC.strip().encode(), RSA.as_der(private=False)):
            for alg in ("HS256", "HS512"):
                with pytest.raises(jwt.TokenError):
                    jwt.AccessToken(hmac_by(secret, alg))
        with pytest.raises(jwt.TokenError):
            jwt.AccessToken(signed({"alg": "RS256"}, claims(), OTHER_RSA))
        with pytest.raises(jwt.TokenError):
            jwt.AccessToken(signed({"alg": "PS256"}, claims(), RSA))


@pytest.mark.parametrize(
    "pair",
    [("RS256", RSA), ("PS384", RSA), ("ES256", EC), ("Ed25519", ED)],
    ids=lambda pair: pair[0],
)
def test_key_pairs(pair):
    algorithm, key = pair
    with simple_jwt(ALGORITHM=algorithm, SIGNING_KEY=pem(key, private=True)):
        text = str(jwt.AccessToken())
        assert jwt.AccessToken(text)["token_type"] == "access"
    with simple_jwt(ALGORITHM=algorithm, VERIFYING_KEY=pem(key, private=False)):
        assert jwt.AccessToken(text)["token_type"] == "access"
        with pytest.raises(jwt.TokenError, match="only checks"):
            str(jwt.AccessToken())


def test_older_keys_are_accepted_while_a_new_one_comes_into_use():
    old, new = str(jwt.AccessToken()), "another secret that nobody guesses, of more than 32 bytes"
    with simple_jwt(SIGNING_KEY=new), pytest.raises(jwt.TokenError):
        jwt.AccessToken(old)
    with simple_jwt(SIGNING_KEY=new, VERIFYING_KEY_FALLBACKS=[SECRET]):
        assert jwt.AccessToken(old)
        with simple_jwt(SIGNING_KEY=new):
            assert jwt.AccessToken(str(jwt.AccessToken()))


def test_keys_that_come_from_the_secret_key():
    """The key is for tokens alone: SECRET_KEY itself signs none; a changed one is a fallback for a while."""
    with settings.override(SIMPLE_JWT={}):
        text, before = str(jwt.AccessToken()), settings.SECRET_KEY
        with pytest.raises(jwt.TokenError):
            jwt.AccessToken(signed({"alg": "HS256"}, claims(), before))
        with settings.override(SECRET_KEY="n" * 50), pytest.raises(jwt.TokenError):
            jwt.AccessToken(text)
        with settings.override(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[before]):
            assert jwt.AccessToken(text)


WRONG_KEYS = {
    "too short": ({"SIGNING_KEY": "x" * 31}, "at least 32 bytes"),
    "too short for HS512": ({"ALGORITHM": "HS512", "SIGNING_KEY": "x" * 63}, "at least 64 bytes"),
    "empty": ({"SIGNING_KEY": ""}, "at least 32 bytes"),
    "no text": ({"SIGNING_KEY": 12345}, "at least 32 bytes"),
    "a short older one": ({"VERIFYING_KEY_FALLBACKS": ["x"]}, "VERIFYING_KEY_FALLBACKS"),
    "a public one as a secret": ({"SIGNING_KEY": PUBLIC}, "takes a secret"),
    "none": ({"ALGORITHM": "none"}, "'none'"),
    "nothing": ({"ALGORITHM": None}, "ALGORITHM"),
    "mistyped": ({"ALGORITHM": "HS265"}, "Did you mean"),
    "renamed": ({"ALGORITHM": "EdDSA"}, "called Ed25519"),
    "no pair": ({"ALGORITHM": "RS256"}, "needs keys"),
    "garbage": ({"ALGORITHM": "RS256", "SIGNING_KEY": "garbage"}, "cannot be read"),
    "a curve for RSA": ({"ALGORITHM": "RS256", "SIGNING_KEY": pem(EC, private=True)}, "cannot be read"),
    "RSA for a curve": ({"ALGORITHM": "ES256", "SIGNING_KEY": pem(RSA, private=True)}, "cannot be read"),
    "another curve": ({"ALGORITHM": "ES384", "SIGNING_KEY": pem(EC, private=True)}, "P-384"),
    "a public one to sign": ({"ALGORITHM": "RS256", "SIGNING_KEY": PUBLIC}, "public key"),
    "fetched": ({"JWK_URL": "https://keys.example/"}, "VERIFYING_KEY"),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_keys_that_are_refused(name):
    """C12"""
    options, words = WRONG_KEYS[name]
    with simple_jwt(**options), pytest.raises(ImproperlyConfigured, match=words):
        str(jwt.AccessToken())


def test_errors_about_keys_do_not_show_them():
    with (
        simple_jwt(ALGORITHM="RS256", SIGNING_KEY="-----BEGIN PRIVATE KEY-----\nhush"),
        pytest.raises(ImproperlyConfigured) as caught,
    ):
        str(jwt.AccessToken())
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert SECRET not in repr(_keys.make_key_ring())


def test_without_the_library_the_error_says_how_to_install_it(monkeypatch):
    def gone(name):
        raise ImportError(name)

    monkeypatch.setattr(_keys.importlib, "import_module", gone)
    with simple_jwt(), pytest.raises(ImproperlyConfigured, match=r"pip install 'manoir\[jwt\]'"):
        str(jwt.AccessToken())


def test_long_texts_are_refused_before_any_work(monkeypatch):
    """H36: nothing is decoded of what is longer than a header."""
    monkeypatch.setattr("manoir.rest.jwt._codec.key_ring", lambda: pytest.fail("read"))
    for text in ("a" * (MAX_TOKEN + 1), "", None, 7, b"", ["a"]):
        with pytest.raises(jwt.TokenError):
            decode(text)


def test_tokens_that_no_header_could_hold_are_not_written():
    token = jwt.AccessToken()
    token["everything"] = "x" * MAX_TOKEN
    with pytest.raises(jwt.TokenError, match="fewer claims"):
        str(token)


def test_tokens_that_live_too_long_are_not_written():
    token = jwt.AccessToken()
    token.set_exp(lifetime=timedelta(days=91))
    with pytest.raises(jwt.TokenError, match="MAX_LIFETIME"):
        str(token)
    token.set_exp(lifetime=timedelta(days=89))
    assert jwt.AccessToken(str(token))


RIGHT = signed({"alg": "HS256", "typ": "JWT"}, claims())


@given(st.integers(0, len(RIGHT) - 1), st.characters(max_codepoint=255))
def test_a_token_with_one_other_character_is_refused(place, letter):
    """H36: a token has one text."""
    text = RIGHT[:place] + letter + RIGHT[place + 1 :]
    if text == RIGHT:
        return
    with simple_jwt(SIGNING_KEY=SECRET), pytest.raises(jwt.TokenError):
        jwt.AccessToken(text)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_bits_that_mean_nothing_have_to_be_zero(number):
    """H36: the last letter of a part could be spelled in several ways."""
    parts = RIGHT.split(".")
    for letter in string.ascii_letters + string.digits + "-_":
        other = [*parts[:number], parts[number][:-1] + letter, *parts[number + 1 :]]
        if other != parts:
            with pytest.raises(jwt.TokenError):
                jwt.AccessToken(".".join(other))


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_any_text_is_refused(text):
    with simple_jwt(SIGNING_KEY=SECRET), pytest.raises(jwt.TokenError):
        jwt.AccessToken(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(["alg", "typ", "kid", "crit", "jku", "jwk", "x5c", "b64", "zip", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=4), st.sampled_from(["", "AAAA", RIGHT.rpartition(".")[2]]))
def test_any_header_over_right_claims_is_refused(header, signature):
    """C12, C13"""
    text = f"{part(header)}.{part(claims())}.{signature}"
    with simple_jwt(SIGNING_KEY=SECRET), pytest.raises(jwt.TokenError):
        jwt.AccessToken(text)


@given(st.dictionaries(st.sampled_from([*claims(), "nbf", "aud", "iss", "epoch", "refresh_exp"]), JSON, max_size=5))
def test_any_claims_are_accepted_or_refused_with_an_error_of_ours(changes):
    """H36: whatever a right signature covers, nothing but TokenError comes out."""
    raw = json.dumps({**claims(), **changes})
    with simple_jwt(SIGNING_KEY=SECRET):
        try:
            token = jwt.AccessToken(signed({"alg": "HS256"}, raw))
        except jwt.TokenError:
            return
    assert token["token_type"] == "access"
    assert NOW < token["exp"] <= token["iat"] + 90 * 86_400


def test_the_json_encoder_of_a_project():
    token = jwt.AccessToken()
    token["half"] = 1 + 2j
    with simple_jwt(SIGNING_KEY=SECRET, JSON_ENCODER=f"{__name__}.Complex"):
        assert jwt.AccessToken(str(token))["half"] == "(1+2j)"


class Complex(json.JSONEncoder):
    def default(self, o):
        return str(o)


def test_claims_are_a_mapping():
    token = jwt.AccessToken()
    token["a"] = 1
    assert set(token) == {"token_type", "exp", "iat", "jti", "a"}
    del token["a"]
    assert "a" not in token
    with pytest.raises(KeyError):
        token["a"]
    assert encode(token.payload) == str(token)
    assert token["jti"] in repr(token)
    assert str(token) not in repr(token)


def test_times_are_set_and_checked_by_claim():
    token = jwt.AccessToken()
    moment = token.current_time
    token.set_exp("seen_until", from_time=moment, lifetime=timedelta(seconds=5))
    token.check_exp("seen_until")
    with pytest.raises(jwt.ExpiredTokenError):
        token.check_exp("seen_until", current_time=moment + timedelta(seconds=6))
    with pytest.raises(jwt.TokenError):
        token.check_exp("never")
    assert token["exp"] - token["iat"] == jwt_settings.ACCESS_TOKEN_LIFETIME.total_seconds()


def test_kinds_say_what_they_are():
    with pytest.raises(jwt.TokenError, match="token_type"):
        jwt.Token()
    refresh = jwt.RefreshToken()
    access = refresh.access_token
    access.verify_token_type()
    assert (refresh["token_type"], access["token_type"]) == ("refresh", "access")
    assert access["jti"] != refresh["jti"]
    with pytest.raises(jwt.TokenError):
        jwt.RefreshToken(str(access), verify=False).verify_token_type()
    assert jwt.UntypedToken(str(access))["token_type"] == "access"


def test_claims_of_a_refresh_token_go_into_its_access_tokens():
    class Mine(jwt.AccessToken):
        lifetime = timedelta(hours=1)

    class MyRefresh(jwt.RefreshToken):
        access_token_class = Mine
        no_copy_claims = (*jwt.RefreshToken.no_copy_claims, "device")

    refresh = MyRefresh()
    refresh["plan"], refresh["device"] = "free", "phone"
    access = refresh.access_token
    assert (access["plan"], "device" in access) == ("free", False)
    assert access["exp"] - access["iat"] == 3_600


def test_a_signature_is_never_left_out():
    forged = signed({"alg": "HS256"}, claims(), "f" * 40)
    with pytest.raises(jwt.TokenError):
        jwt.AccessToken(forged, verify=False)
    over = jwt.AccessToken(signed({"alg": "HS256"}, claims(exp=1, iat=0)), verify=False)
    with pytest.raises(jwt.ExpiredTokenError):
        over.verify()


def test_token_users(people):
    token = jwt.AccessToken.for_user(people.bob.user)
    token.payload.update(username="bob", is_staff=True, plan="free", is_superuser="yes")
    user = jwt.TokenUser(token)
    assert (user.id, user.pk, user.username, user.get_username()) == (token["user_id"], user.id, "bob", "bob")
    assert (user.is_staff, user.is_superuser, user.is_active, user.is_authenticated) == (True, False, True, True)
    assert (user.plan, user == jwt.TokenUser(token), len({user, jwt.TokenUser(token)})) == ("free", True, 1)
    assert not user.has_perm("x.y")
    assert not user.has_module_perms("x")
    assert list(user.groups) == list(user.user_permissions) == []
    with pytest.raises(AttributeError, match="'nothing'"):
        user.nothing
