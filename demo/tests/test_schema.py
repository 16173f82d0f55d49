"""The API against its own description: schemathesis sends what the description allows, and much that it does not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from accounts.models import User
from manoir.rest.models import Token
from manoir.testing import allow_databases
from world.models import City, Country

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


@pytest.fixture(scope="module")
def key(site):
    """The token of a superuser; what was made with it goes afterwards."""
    with allow_databases():
        user = User.objects.create_superuser("robot@example.com")
        token = Token.objects.create(user=user)
        known = (set(City.objects.values_list("pk", flat=True)), set(Country.objects.values_list("pk", flat=True)))
    yield token.key
    with allow_databases():
        user.delete()
        City.objects.exclude(pk__in=known[0]).delete()
        Country.objects.exclude(pk__in=known[1]).delete()


@pytest.mark.slow
@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
def test_no_answer_is_a_fault_or_other_than_described(site, key, signed_in, tmp_path):
    """No 500, no undocumented status, no body that the description does not allow."""
    if importlib.util.find_spec("schemathesis") is None:
        if os.environ.get("MANOIR_REQUIRE_SERVICES"):
            pytest.fail("schemathesis is required here, but it is not installed.", pytrace=False)
        pytest.skip("schemathesis is not installed.")
    words = ["run", f"{site.url}/api/docs/?format=openapi", "--checks", ",".join(CHECKS), "--max-examples", "8"]
    words += ["--exclude-path-regex", "^/api/token/"]  # guesses there cost a hash each, and lock others out
    words += ["--seed", "1", "--generation-deterministic", "--no-color"]
    if signed_in:  # the other tests need the world as it is
        words += ["--header", f"Authorization: Token {key}", "--exclude-method", "DELETE"]
    program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert "generated" in done.stdout
