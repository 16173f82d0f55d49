"""Tokens: claims that this site has signed, of one kind each.

A token is a mapping of its claims; `str(token)` is its text. Making one of a text checks it; kinds that the table of
outstanding tokens knows (refresh and sliding ones) ask it, so in a coroutine they are read by
`await RefreshToken.aread(text)`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from manoir.apps import apps
from manoir.auth import get_user_model
from manoir.bridge import TwoColours, atwin, blocking, can_wait, hook, twin, wait
from manoir.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from manoir.rest._epoch import epoch_of
from manoir.rest.jwt._claims import FAMILY, check_claims, check_expiry, listed, moment_of
from manoir.rest.jwt._codec import decode, encode
from manoir.rest.jwt.exceptions import ReusedTokenError, TokenError
from manoir.rest.jwt.settings import jwt_settings
from manoir.timezone import now

__all__ = ["AccessToken", "BlacklistMixin", "RefreshToken", "SlidingToken", "Token", "UntypedToken"]

logger = logging.getLogger("manoir.rest.jwt")

APP: Final = "manoir.rest.jwt"


class Lifetime:
    """A lifetime that follows an option of SIMPLE_JWT, until a class sets its own."""

    def __init__(self, option: str) -> None:
        self.option = option

    def __get__(self, instance: Any, owner: type[Any]) -> timedelta:
        return getattr(jwt_settings, self.option)


class Token(TwoColours):
    """Claims with a signature; subclasses are kinds of tokens.

    Args:
        token: the text of a token; None makes a new one.
        verify: whether to check claims, not only the signature.

    Attributes:
        token_type: the kind, as the claim TOKEN_TYPE_CLAIM says it.
        lifetime: how long a new one lives.
        payload: the claims.
        current_time: the moment for which it is checked or made.

    Raises:
        TokenError: the text is no token of this kind that is worth anything now.
        ImproperlyConfigured: SIMPLE_JWT has no usable keys.
    """

    token_type: ClassVar[str | None] = None
    lifetime: Any = None
    user_key: Any = None

    def __init__(self, token: Any = None, verify: bool = True) -> None:
        if self.token_type is None or self.lifetime is None:
            raise TokenError(f"{type(self).__name__} is no kind of its own: set `token_type` and `lifetime`.")
        self.token = token
        self.current_time = now()
        if token is None:
            self.payload: dict[str, Any] = {jwt_settings.TOKEN_TYPE_CLAIM: self.token_type}
            self.set_exp(from_time=self.current_time, lifetime=self.lifetime)
            self.set_iat(at_time=self.current_time)
            self.set_jti()
            return
        self.payload = decode(token)
        if verify:
            self.verify()

    @classmethod
    async def aread(cls, token: Any) -> Self:
        """Return the token of a text, checked; what the class does with a text, in a coroutine.

        Raises:
            TokenError: it is no token of this kind that is worth anything now.
        """
        made = cls(token, verify=False)
        await made.averify()
        return made

    # -- claims -------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        return self.payload[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.payload[key] = value

    def __delitem__(self, key: str) -> None:
        del self.payload[key]

    def __contains__(self, key: object) -> bool:
        return key in self.payload

    def __iter__(self) -> Iterator[str]:
        return iter(self.payload)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a claim, or `default`."""
        return self.payload.get(key, default)

    def __str__(self) -> str:
        return encode(self.with_names())

    def __repr__(self) -> str:
        # Neither the text nor the claims: reprs stand in logs.
        return f"<{type(self).__name__} {self.payload.get(jwt_settings.JTI_CLAIM)}>"

    def with_names(self) -> dict[str, Any]:
        """Return the claims with those that say who wrote them and for whom."""
        self.check_lifetime()
        names: dict[str, Any] = {}
        if jwt_settings.AUDIENCE is not None:
            names["aud"] = jwt_settings.AUDIENCE
        if jwt_settings.ISSUER is not None:
            names["iss"] = listed(jwt_settings.ISSUER)[0]
        return {**names, **self.payload}

    def check_lifetime(self) -> None:
        """Refuse to write a token that nobody here would accept."""
        span = self.payload.get("exp", 0) - self.payload.get("iat", 0)
        if span > jwt_settings.MAX_LIFETIME.total_seconds():
            raise TokenError(
                f"A token may live {jwt_settings.MAX_LIFETIME}, not {timedelta(seconds=span)}. Give `set_exp()` a "
                "shorter lifetime, or raise SIMPLE_JWT['MAX_LIFETIME']."
            )

    # -- checks -------------------------------------------------------------------------------------------------------

    @property
    def jti(self) -> str:
        """The identifier of the token."""
        return str(self.payload[jwt_settings.JTI_CLAIM])

    @property
    def family(self) -> str:
        """The name of the sign-in that the token comes from; its own where it comes from no other."""
        return str(self.payload.get(FAMILY) or self.jti)

    @hook
    def verify(self) -> None:
        """Check the claims; override it to check more.

        Raises:
            TokenError: they are not those of a token of this kind that is worth anything now.
        """
        check_claims(self.payload, self.token_type, self.current_time)

    averify = atwin(verify)

    def verify_token_type(self) -> None:
        """Check that this is a token of this kind.

        Raises:
            TokenError: it is not.
        """
        if self.payload.get(jwt_settings.TOKEN_TYPE_CLAIM) != self.token_type:
            raise TokenError(f"This is no token of the kind {self.token_type!r}.")

    def check_exp(self, claim: str = "exp", current_time: datetime | None = None) -> None:
        """Check that the moment of a claim is not over.

        Raises:
            TokenError: it is over, or the claim is missing.
        """
        check_expiry(self.payload, claim, current_time or self.current_time)

    # -- making -------------------------------------------------------------------------------------------------------

    def set_jti(self) -> None:
        """Give the token a new identifier: 128 random bits."""
        self.payload[jwt_settings.JTI_CLAIM] = secrets.token_hex(16)

    def set_exp(self, claim: str = "exp", from_time: datetime | None = None, lifetime: timedelta | None = None) -> None:
        """Set the moment at which the token, or what `claim` says of it, ends.

        Args:
            claim: the claim.
            from_time: when the time begins; None: the moment for which the token was made.
            lifetime: how long it lasts; None: as long as tokens of this kind.
        """
        end = (from_time or self.current_time) + (self.lifetime if lifetime is None else lifetime)
        self.payload[claim] = int(end.timestamp())

    def set_iat(self, claim: str = "iat", at_time: datetime | None = None) -> None:
        """Set the moment at which the token was made."""
        self.payload[claim] = int((at_time or self.current_time).timestamp())

    @classmethod
    def made_for(cls, user: Any) -> Self:
        """Return a new token that names a user and carries their epoch; nothing is stored."""
        made = cls()
        made.user_key = user.pk
        made[jwt_settings.USER_ID_CLAIM] = str(getattr(user, jwt_settings.USER_ID_FIELD))
        if jwt_settings.CHECK_REVOKE_TOKEN:
            made[jwt_settings.REVOKE_TOKEN_CLAIM] = epoch_of(user)
        return made

    @classmethod
    def for_user(cls, user: Any) -> Self:
        """Return a new token for a user.

        Args:
            user: who it is for. Whether they may sign in is for the caller to know.
        """
        return cls.made_for(user)

    @classmethod
    async def afor_user(cls, user: Any) -> Self:
        """Return a new token for a user."""
        return cls.made_for(user)


class BlacklistMixin(Token):
    """Tokens that the table knows where `manoir.rest.jwt` is in INSTALLED_APPS; without it they just expire.

    The table has one row for each sign-in (a family of tokens), with the identifier of its newest token.
    """

    def __init__(self, token: Any = None, verify: bool = True) -> None:
        if token is not None and verify and not can_wait():
            name = type(self).__name__
            raise SynchronousOnlyOperation(
                f"{name}(token) asks the table of tokens. Write `await {name}.aread(token)`."
            )
        super().__init__(token, verify)

    @hook
    async def averify(self) -> None:
        """Check the claims, and that the token has not ended.

        Raises:
            TokenError: it is not worth anything.
        """
        await super().averify()
        await self.acheck_blacklist()

    verify: Any = twin(averify)

    async def acheck_blacklist(self) -> None:
        """Check that the token has not ended.

        One that was exchanged before and comes back has been copied: then all of its family ends, the newest one, too.

        Raises:
            ReusedTokenError: it was exchanged before.
            TokenError: it was blacklisted, or no sign-in knows it.
        """
        if is_recorded():
            await acheck_family(self.family, self.jti)

    check_blacklist = blocking(acheck_blacklist)

    async def ablacklist(self) -> tuple[Any, bool]:
        """End this token and its family.

        Returns:
            The row that says so, and whether it is new.

        Raises:
            ImproperlyConfigured: there is no table.
        """
        row, _made = await self.aoutstand()
        return await row.ablacklist()

    blacklist = blocking(ablacklist)

    async def aoutstand(self) -> tuple[Any, bool]:
        """Write the token into the table, unless its family is there.

        Returns:
            The row, and whether it is new.

        Raises:
            ImproperlyConfigured: there is no table.
        """
        self.payload.setdefault(FAMILY, self.jti)
        return await outstanding().aget_or_create(
            family=self.family,
            defaults={
                "jti": self.jti,
                "user_id": await self.auser_key(),
                "created_at": moment_of(self.payload["iat"]),
                "expires_at": moment_of(self.last_moment()),
            },
        )

    outstand = blocking(aoutstand)

    def last_moment(self) -> float:
        """Return when the token is worth nothing any more, in seconds."""
        return self.payload["exp"]

    async def auser_key(self) -> Any:
        """Return the primary key of the user whom the token names; None where it names nobody."""
        if self.user_key is None and jwt_settings.USER_ID_CLAIM in self.payload:
            users = get_user_model()._base_manager
            named = users.filter(**{jwt_settings.USER_ID_FIELD: self.payload[jwt_settings.USER_ID_CLAIM]})
            self.user_key = await named.values_list("pk", flat=True).afirst()
        return self.user_key

    @classmethod
    async def afor_user(cls, user: Any) -> Self:
        """Return a new token for a user, which the table knows."""
        made = cls.made_for(user)
        if is_recorded():
            await made.aoutstand()
        return made

    @classmethod
    def for_user(cls, user: Any) -> Self:
        """Return a new token for a user, which the table knows."""
        return wait(cls.afor_user(user))


class AccessToken(Token):
    """A token for requests; it lives a few minutes.

    Example:
        >>> token = AccessToken()
        >>> token["plan"] = "free"
        >>> AccessToken(str(token))["plan"]
        'free'
    """

    token_type = "access"  # noqa: S105 - a kind, not a secret
    lifetime = Lifetime("ACCESS_TOKEN_LIFETIME")


class RefreshToken(BlacklistMixin):
    """A token for nothing but new access tokens; it lives a day or longer.

    Attributes:
        access_token_class: the kind of token that it gives.
        no_copy_claims: claims that its access tokens do not take from it.

    Example:
        >>> refresh = RefreshToken.for_user(ada)
        >>> refresh.access_token["user_id"] == str(ada.pk)
        True
    """

    token_type = "refresh"  # noqa: S105 - a kind, not a secret
    lifetime = Lifetime("REFRESH_TOKEN_LIFETIME")
    access_token_class: Any = AccessToken
    no_copy_claims: ClassVar[tuple[str, ...]] = ("exp", "iat", "nbf", "jti")

    @property
    def access_token(self) -> Any:
        """A new access token with the claims of this one."""
        return self.with_claims_for(self.access_token_class())

    def with_claims_for(self, made: Any) -> Any:
        """Give a new token the claims of this one, but those that are each token's own."""
        own = {*self.no_copy_claims, jwt_settings.TOKEN_TYPE_CLAIM, jwt_settings.JTI_CLAIM}
        made.payload.update({name: value for name, value in self.payload.items() if name not in own})
        return made

    async def arotate(self) -> Self:
        """Exchange this token for a new one.

        With BLACKLIST_AFTER_ROTATION one statement puts the new token in the place of the old one, so of many who
        exchange one token at a time one succeeds; to all others it counts as copied, and the family ends.

        Returns:
            The new token.

        Raises:
            ReusedTokenError: it was exchanged before.
            TokenError: it ended meanwhile.
        """
        made = self.with_claims_for(type(self)())
        if not is_recorded():
            return made
        if not jwt_settings.BLACKLIST_AFTER_ROTATION:
            del made[FAMILY]
            await made.aoutstand()
            return made
        made[FAMILY] = self.family
        if not await outstanding().aexchange(self.family, self.jti, made.jti, moment_of(made.last_moment())):
            await self.acheck_blacklist()
            raise TokenError("This token ended meanwhile.")
        return made

    rotate = blocking(arotate)


class SlidingToken(BlacklistMixin):
    """One token for requests and for its own renewal, until the moment of its claim `refresh_exp`."""

    token_type = "sliding"  # noqa: S105 - a kind, not a secret
    lifetime = Lifetime("SLIDING_TOKEN_LIFETIME")

    def __init__(self, token: Any = None, verify: bool = True) -> None:
        super().__init__(token, verify)
        if token is None:
            self.set_exp(
                jwt_settings.SLIDING_TOKEN_REFRESH_EXP_CLAIM,
                from_time=self.current_time,
                lifetime=jwt_settings.SLIDING_TOKEN_REFRESH_LIFETIME,
            )

    def last_moment(self) -> float:
        """Return when the token can be neither used nor renewed any more, in seconds."""
        renewed_until = self.payload.get(jwt_settings.SLIDING_TOKEN_REFRESH_EXP_CLAIM, 0)
        return max(self.payload["exp"], renewed_until + self.lifetime.total_seconds())

    def renew(self) -> None:
        """Start the lifetime of the token anew.

        Raises:
            TokenError: it cannot be renewed any more.
        """
        self.check_exp(jwt_settings.SLIDING_TOKEN_REFRESH_EXP_CLAIM)
        self.set_exp()
        self.set_iat()


class UntypedToken(Token):
    """A token of any kind: to see whether a text is one that this site has signed, and what it says."""

    token_type = "untyped"  # noqa: S105 - a kind, not a secret
    lifetime = timedelta(0)

    @hook
    def verify(self) -> None:
        """Check the claims but not the kind.

        Raises:
            TokenError: they are not those of a token that is worth anything now.
        """
        check_claims(self.payload, None, self.current_time)

    averify = atwin(verify)

    def verify_token_type(self) -> None:
        """Accept any kind."""


# -- the table --------------------------------------------------------------------------------------------------------


def is_recorded() -> bool:
    """Tell whether there is a table of tokens: whether `manoir.rest.jwt` is in INSTALLED_APPS."""
    return apps.is_installed(APP)


def outstanding() -> Any:
    """Return the manager of the table.

    Raises:
        ImproperlyConfigured: there is no table.
    """
    if not is_recorded():
        raise ImproperlyConfigured(
            "Tokens are not recorded, so none can be ended before its time: add 'manoir.rest.jwt' to INSTALLED_APPS "
            "and run `migrate`."
        )
    return apps.get_model("rest_jwt", "OutstandingToken")._default_manager


async def acheck_family(family: str, jti: str) -> None:
    """Refuse a token of the table that has ended; end the family of one that was exchanged before.

    Raises:
        ReusedTokenError: it was exchanged before.
        TokenError: it was blacklisted, or the table does not know it.
    """
    row = await outstanding().aof_family(family)
    if row is None:
        raise TokenError("No sign-in knows this token: it has ended, or was made before there was a table of tokens.")
    if row.ended:
        raise TokenError("This token was blacklisted.")
    if row.jti != jti:
        await row.ablacklist()
        logger.warning("A refresh token came back that was exchanged before: family %s ends.", family)
        raise ReusedTokenError("This token was exchanged before, so somebody has a copy: its family has ended.")
