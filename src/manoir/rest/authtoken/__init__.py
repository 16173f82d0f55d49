"""Tokens by user name and password: the address at which a program gets its key.

`views` has the view, `serializers` what it takes, `models` the tokens; the app is `manoir.rest` itself.
"""

from __future__ import annotations

from manoir.rest.authtoken.serializers import AuthTokenSerializer
from manoir.rest.authtoken.views import ObtainAuthToken, obtain_auth_token

__all__ = ["AuthTokenSerializer", "ObtainAuthToken", "obtain_auth_token"]
