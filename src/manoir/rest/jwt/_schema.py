"""What OpenAPI says of the views of tokens: they answer 200, 401 to what is not worth anything, 429 to many guesses."""

from __future__ import annotations

from typing import Any

from manoir.rest._openapi_fields import Components, Schema
from manoir.rest._openapi_operation import AutoSchema, serializer_of
from manoir.rest.jwt._cookies import cookie_name


class TokenSchema(AutoSchema):
    """Describes a view that takes a password or a token and answers with tokens."""

    def get_answers(self, view: Any, method: str, said: Any, components: Components) -> dict[str, Schema | None]:
        """Return the answer that the view's serializer describes, under 200."""
        serializer = serializer_of(view)
        return {"200": components.reference(serializer) if serializer is not None else {}}

    def get_error_statuses(self, view: Any, method: str, has_body: bool) -> list[str]:
        """Return the statuses of what can go wrong."""
        found = {*super().get_error_statuses(view, method, has_body), "401"}
        if view.takes_password:
            found.add("429")
        if cookie_name() is not None:
            found.add("403")
        return sorted(found)
