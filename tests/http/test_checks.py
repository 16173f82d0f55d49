from __future__ import annotations

from manoir.checks import run_checks
from manoir.conf import settings


def ids():
    messages = run_checks(tags=["security"], include_deployment_checks=True)
    return [message.id for message in messages if message.id.startswith("manoir.http")]


def test_forwarded_headers_need_named_proxies_in_production():
    assert ids() == []
    with settings.override(USE_X_FORWARDED_HOST=True):
        assert ids() == ["manoir.http.W001"]
        with settings.override(TRUSTED_PROXIES=["10.0.0.0/8"]):
            assert ids() == []


def test_the_shape_of_the_proxy_header():
    with settings.override(SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto", TRUSTED_PROXIES=["unix"]):
        assert ids() == ["manoir.http.E001"]
