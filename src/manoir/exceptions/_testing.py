"""What the test tools refuse."""

from __future__ import annotations

from typing import Any

from manoir.exceptions._root import ManoirError


class DatabaseAccessRefused(ManoirError, AssertionError):
    """A test queried a database that it did not ask for; the query could have reached the project's own data."""


class RedirectCycleError(ManoirError):
    """Following redirects, the test client came back to a page, or took too many steps.

    Attributes:
        last_response: the response at which it was noticed.
        redirect_chain: pairs of URL and status.
    """

    def __init__(self, message: str, last_response: Any) -> None:
        super().__init__(message)
        self.last_response = last_response
        self.redirect_chain: list[tuple[str, int]] = last_response.redirect_chain
