"""What the view of tokens takes: user name and password."""

from __future__ import annotations

from typing import Any

from manoir import auth
from manoir.exceptions import Throttled
from manoir.rest import serializers
from manoir.rest.authentication import seconds_of_lock
from manoir.rest.exceptions import ValidationError

__all__ = ["AuthTokenSerializer"]

WRONG = "The user name or the password is wrong."


class AuthTokenSerializer(serializers.Serializer):
    """User name and password; `validated_data["user"]` is the user."""

    username = serializers.CharField(label="User name", write_only=True, max_length=254)
    password = serializers.CharField(
        label="Password",
        write_only=True,
        max_length=1_000,
        trim_whitespace=False,
        style={"input_type": "password"},
    )

    async def avalidate(self, attrs: Any) -> Any:
        """Find the user; one answer for all failures (H33).

        Raises:
            ValidationError: there is none, or they may not sign in.
            Throttled: too many attempts failed, so that nobody looked at this one (H31).
        """
        request = getattr(self.context.get("request"), "_request", None)
        user = await auth.aauthenticate(request=request, username=attrs["username"], password=attrs["password"])
        if user is None and (wait := seconds_of_lock(request)) is not None:
            raise Throttled(wait=wait)
        if user is None or not user.is_active:
            raise ValidationError(WRONG, code="authorization")
        return {**attrs, "user": user}
