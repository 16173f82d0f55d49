"""What `manoir check` says of SIMPLE_JWT, and what OpenAPI says of tokens (C12, H35, H36)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest import jwt
from manoir.rest.jwt._checks import check_settings
from manoir.rest.jwt.settings import jwt_settings
from manoir.rest.schemas import SchemaGenerator
from manoir.urls import path
from tests.rest.jwt.conftest import Who, simple_jwt, urlpatterns


def test_the_defaults_are_right():
    assert check_settings(None) == []


WRONG = {
    "a mistyped name": ({"ACCESS_TOKEN_LIFETIM": 1}, "E001", "Did you mean 'ACCESS_TOKEN_LIFETIME'"),
    "a weak key": ({"SIGNING_KEY": "short"}, "E002", "at least 32 bytes"),
    "no signature": ({"ALGORITHM": "none"}, "E002", "HS256"),
    "no keys": ({"ALGORITHM": "ES256"}, "E002", "needs keys"),
    "fetched keys": ({"JWK_URL": "https://keys.example/"}, "E002", "VERIFYING_KEY"),
    "a path that leads nowhere": (
        {"TOKEN_REFRESH_SERIALIZER": "nowhere.Serializer"},
        "E003",
        "SIMPLE_JWT['TOKEN_REFRESH",
    ),
    "seconds for a lifetime": ({"ACCESS_TOKEN_LIFETIME": 300}, "E004", "ACCESS_TOKEN_LIFETIME"),
    "a lifetime of nothing": ({"REFRESH_TOKEN_LIFETIME": timedelta(0)}, "E004", "REFRESH_TOKEN_LIFETIME"),
    "longer than the longest": ({"REFRESH_TOKEN_LIFETIME": timedelta(days=91)}, "E004", "REFRESH_TOKEN_LIFETIME"),
    "one word for header types": ({"AUTH_HEADER_TYPES": "Bearer"}, "E004", "AUTH_HEADER_TYPES"),
    "no header types": ({"AUTH_HEADER_TYPES": ()}, "E004", "AUTH_HEADER_TYPES"),
    "two words": ({"AUTH_HEADER_TYPES": ("Bearer token",)}, "E004", "AUTH_HEADER_TYPES"),
    "a negative leeway": ({"LEEWAY": -1}, "E004", "LEEWAY"),
    "a leeway in words": ({"LEEWAY": "10"}, "E004", "LEEWAY"),
    "no kinds": ({"TOKEN_TYPE_CLAIM": None}, "E004", "TOKEN_TYPE_CLAIM"),
    "cookies for all sites": ({"REFRESH_COOKIE_SAMESITE": "Any"}, "E004", "REFRESH_COOKIE_SAMESITE"),
    "claims as a text": ({"REQUIRED_CLAIMS": "exp"}, "E004", "REQUIRED_CLAIMS"),
    "no rotation of the old token": (
        {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": False},
        "W002",
        "copied",
    ),
    "passwords that end nothing": ({"CHECK_REVOKE_TOKEN": False}, "W003", "outlive"),
    "inactive users": ({"CHECK_USER_IS_ACTIVE": False}, "W003", "outlive"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named(name):
    options, ending, words = WRONG[name]
    with simple_jwt(**options):
        messages = check_settings(None)
    assert [message.id for message in messages] == [f"manoir.rest.jwt.{ending}"]
    assert words in f"{messages[0].msg} {messages[0].hint}"


def test_the_secret_key_as_the_key_of_tokens_works_and_is_named():
    """C12: the documented form."""
    with simple_jwt(SIGNING_KEY=settings.SECRET_KEY):
        assert jwt.AccessToken(str(jwt.AccessToken()))
        assert [message.id for message in check_settings(None)] == ["manoir.rest.jwt.W001"]


def test_an_unknown_option_is_an_error_where_it_is_asked_for():
    with pytest.raises(AttributeError, match="SIMPLE_JWT has no option 'LEEWAYS'"):
        jwt_settings.LEEWAYS
    with simple_jwt(LEEWAYS=1), pytest.raises(ImproperlyConfigured, match="Did you mean 'LEEWAY'"):
        jwt_settings.LEEWAY


def schema():
    return SchemaGenerator(title="Tokens", patterns=urlpatterns).get_schema()


def test_openapi_describes_tokens():
    found = schema()
    OpenAPIV31SpecValidator(found).validate()
    assert found["components"]["securitySchemes"]["jwtAuth"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }
    assert found["paths"]["/who/"]["get"]["security"] == [{"jwtAuth": []}]
    assert found["paths"]["/stateless/"]["get"]["security"] == [{"jwtAuth": []}]
    obtain = found["paths"]["/token/"]["post"]
    assert obtain["security"] == [{}]
    assert {"200", "400", "401", "429"} <= set(obtain["responses"])
    assert "201" not in obtain["responses"]
    assert "429" not in found["paths"]["/token/refresh/"]["post"]["responses"]


def resolved(found, reference):
    return found["components"]["schemas"][reference["$ref"].rpartition("/")[2]]


def test_openapi_says_what_is_sent_and_what_is_answered():
    found = schema()
    obtain = found["paths"]["/token/"]["post"]
    sent = resolved(found, obtain["requestBody"]["content"]["application/json"]["schema"])
    got = resolved(found, obtain["responses"]["200"]["content"]["application/json"]["schema"])
    assert sorted(sent["properties"]) == ["password", "username"]
    assert sorted(got["properties"]) == ["access", "refresh"]


def test_openapi_names_another_header():
    with simple_jwt(AUTH_HEADER_TYPES=("JWT",), AUTH_HEADER_NAME="HTTP_X_TOKEN"):
        found = SchemaGenerator(title="x", patterns=[path("who/", Who.as_view())]).get_schema()
    scheme = found["components"]["securitySchemes"]["jwtAuth"]
    assert scheme == {"type": "apiKey", "in": "header", "name": "X-Token", "description": "`JWT <token>`"}


def test_openapi_with_cookies():
    with simple_jwt(REFRESH_COOKIE_NAME="refresh"):
        assert "403" in schema()["paths"]["/token/refresh/"]["post"]["responses"]
