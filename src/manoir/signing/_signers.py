"""Signing values that leave the application and come back: cookies, links, form fields.

A signed value can be read by everybody and changed by nobody. Verification comes first: nothing is decoded, inflated
or parsed before its signature is right.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from base64 import urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, Protocol

from manoir.conf import import_string, settings
from manoir.exceptions import BadSignature, ImproperlyConfigured, SignatureExpired, nearest
from manoir.signing._keys import ALGORITHMS, Key, make_key, secret_bytes

MAX_SIGNED_LENGTH: Final = 1_000_000
"""Longest signed text that is looked at, in characters."""
MAX_INFLATED_LENGTH: Final = 4_000_000
"""Longest content a compressed value may have, in bytes."""
MAX_TIMESTAMP_LENGTH: Final = 11

SEPARATOR_IN_SIGNATURE = re.compile(r"[A-Za-z0-9_=-]*", re.ASCII)
BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE62_VALUES: Final = {digit: value for value, digit in enumerate(BASE62)}


class Serializer(Protocol):
    """Turns an object into bytes and back."""

    def dumps(self, obj: Any) -> bytes:
        """Return `obj` as bytes."""
        ...

    def loads(self, data: bytes) -> Any:
        """Return the object that `data` stands for."""
        ...


class JSONSerializer:
    """Compact JSON. Tuples come back as lists."""

    def dumps(self, obj: Any) -> bytes:
        """Return `obj` as JSON in ASCII."""
        return json.dumps(obj, separators=(",", ":")).encode("ascii")

    def loads(self, data: bytes) -> Any:
        """Return the object that the JSON stands for."""
        return json.loads(data)


def encode_base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def decode_base64(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return a2b_base64(padded, strict_mode=True)


def encode_base62(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits


def decode_base62(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 62 + BASE62_VALUES[digit]
    return number


def inflate(data: bytes) -> bytes:
    """Decompress, up to the limit."""
    engine = zlib.decompressobj()
    content = engine.decompress(data, MAX_INFLATED_LENGTH)
    if engine.unconsumed_tail:
        raise BadSignature(f"The signed object is longer than {MAX_INFLATED_LENGTH} bytes when decompressed.")
    return content


class Signer:
    """Signs text for one purpose.

    Args:
        key: the secret; None is SECRET_KEY.
        sep: what stands between value and signature; no letter, digit, `-`, `_` or `=`.
        salt: the purpose. A value signed for one purpose is refused for every other. None is the class's name.
        algorithm: `"sha256"`, `"sha384"` or `"sha512"`.
        fallback_keys: former secrets whose signatures are still accepted; None is SECRET_KEY_FALLBACKS.

    Raises:
        ValueError: the separator could be part of a signature, or there is no such algorithm.

    Example:
        >>> signer = Signer(key="x" * 32, salt="shop.newsletter")
        >>> signer.unsign(signer.sign("hello@example.com"))
        'hello@example.com'
    """

    kind: ClassVar[str] = "plain"
    """Part of the purpose, so that signers of different kinds never accept each other's values."""

    def __init__(
        self,
        *,
        key: str | bytes | None = None,
        sep: str = ":",
        salt: str | None = None,
        algorithm: str | None = None,
        fallback_keys: Sequence[str | bytes] | None = None,
    ) -> None:
        self.key = secret_bytes(key)
        fallbacks = settings.SECRET_KEY_FALLBACKS if fallback_keys is None else fallback_keys
        self.fallback_keys = [secret_bytes(secret) for secret in fallbacks]
        self.sep = sep
        self.salt = f"{type(self).__module__.partition('._')[0]}.{type(self).__name__}" if salt is None else salt
        self.algorithm = algorithm or "sha256"
        if SEPARATOR_IN_SIGNATURE.fullmatch(sep):
            raise ValueError(
                f"{sep!r} cannot separate a value from its signature: letters, digits, '-', '_' and '=' occur in both."
            )
        if self.algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise ValueError(
                f"{self.algorithm!r} is no algorithm for signatures.{nearest(self.algorithm, ALGORITHMS)} There are: {known}."
            )

    def keys(self, form: str) -> list[Key]:
        """Return the keys for text or for objects, the one that signs first."""
        return [make_key(secret, self.algorithm, self.purpose(form)) for secret in (self.key, *self.fallback_keys)]

    def signature(self, value: str, key: str | bytes | None = None) -> str:
        """Return the signature of `value`, by `key` instead of this signer's when given."""
        secret = self.key if key is None else secret_bytes(key)
        return encode_base64(make_key(secret, self.algorithm, self.purpose("text")).sign(value.encode()))

    def purpose(self, form: str) -> tuple[str, ...]:
        """Return what the keys for this form are derived for."""
        return self.kind, form, self.salt

    def sign(self, value: str) -> str:
        """Return `value` with its signature behind it."""
        return self.seal(str(value), "text")

    def unsign(self, signed_value: str) -> str:
        """Return the value if its signature is right.

        Args:
            signed_value: what `sign` returned.

        Raises:
            BadSignature: it was not signed by this key for this purpose.
        """
        return self.opened(signed_value, "text")

    def sign_object(self, obj: Any, serializer: type[Serializer] = JSONSerializer, compress: bool = False) -> str:
        """Return any JSON-able object as signed text that is safe in URLs.

        Args:
            obj: the object; tuples come back as lists.
            serializer: a class with `dumps` and `loads`; JSON unless told.
            compress: True compresses it where that makes it shorter.
        """
        data = serializer().dumps(obj)
        if compress:
            smaller = zlib.compress(data)
            if len(smaller) < len(data) - 1:
                return self.seal("." + encode_base64(smaller), "object")
        return self.seal(encode_base64(data), "object")

    def unsign_object(self, signed_obj: str, serializer: type[Serializer] = JSONSerializer, **kwargs: Any) -> Any:
        """Return the object if its signature is right.

        Args:
            signed_obj: what `sign_object` returned.
            serializer: the class that wrote it.
            **kwargs: what the signer's own opening takes, such as `max_age` of a TimestampSigner.

        Raises:
            BadSignature: it was not signed by this key for this purpose.
        """
        text = self.opened(signed_obj, "object", **kwargs)
        try:
            data = decode_base64(text.removeprefix("."))
            return serializer().loads(inflate(data) if text.startswith(".") else data)
        except (Base64Error, zlib.error, ValueError, RecursionError) as error:
            raise BadSignature("The signature is right, but its content is no object of this serializer.") from error

    def seal(self, value: str, form: str) -> str:
        """Sign a value of a form."""
        return f"{value}{self.sep}{encode_base64(self.keys(form)[0].sign(value.encode()))}"

    def opened(self, signed_value: str, form: str) -> str:
        """Verify a signed value of a form and return the value."""
        if len(signed_value) > MAX_SIGNED_LENGTH:
            raise BadSignature(f"The signed value is longer than {MAX_SIGNED_LENGTH} characters.")
        value, separator, signature = signed_value.rpartition(self.sep)
        if not separator:
            raise BadSignature(f"No {self.sep!r} found: this is no signed value.")
        try:
            message, code = value.encode(), decode_base64(signature)
        except ValueError:
            raise BadSignature("The signature does not match.") from None
        # A second spelling of the same bytes (spare bits of the last base64 character) is not the signature.
        genuine = any(key.verify(message, code) for key in self.keys(form)) and encode_base64(code) == signature
        if not genuine:
            raise BadSignature("The signature does not match.")
        return value


class TimestampSigner(Signer):
    """Signs text together with the time of signing, so that it can grow too old.

    Example:
        >>> signer = TimestampSigner(key="x" * 32, salt="shop.invitation")
        >>> signer.unsign(signer.sign("ann"), max_age=3600)
        'ann'
    """

    kind = "timestamp"

    def timestamp(self) -> str:
        """Return this second as the signed value will carry it."""
        return encode_base62(int(time.time()))

    def unsign(self, signed_value: str, max_age: float | timedelta | None = None) -> str:
        """Return the value if its signature is right and not too old.

        Args:
            signed_value: what `sign` returned.
            max_age: seconds, or a timedelta, since signing; None accepts every age.

        Raises:
            SignatureExpired: it is older than `max_age`.
            BadSignature: it was not signed by this key for this purpose.
        """
        return self.opened(signed_value, "text", max_age=max_age)

    def seal(self, value: str, form: str) -> str:
        """Sign a value of a form and the time."""
        return super().seal(f"{value}{self.sep}{self.timestamp()}", form)

    def opened(self, signed_value: str, form: str, max_age: float | timedelta | None = None) -> str:
        """Verify a signed value of a form and its age, and return the value."""
        value, _, timestamp = super().opened(signed_value, form).rpartition(self.sep)
        if not timestamp or len(timestamp) > MAX_TIMESTAMP_LENGTH or not BASE62_VALUES.keys() >= set(timestamp):
            raise BadSignature("The signed value carries no time.")
        if max_age is not None:
            limit = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
            age = time.time() - decode_base62(timestamp)
            if age > limit:
                raise SignatureExpired(f"The signature is {age:.0f} seconds old; {limit:g} are allowed.")
        return value


OBJECT_SALT: Final = "manoir.signing"


def dumps(
    obj: Any,
    key: str | bytes | None = None,
    salt: str = OBJECT_SALT,
    serializer: type[Serializer] = JSONSerializer,
    compress: bool = False,
) -> str:
    """Return an object as signed text that is safe in URLs, with the time of signing.

    Args:
        obj: any JSON-able object; tuples come back as lists.
        key: the secret; None is SECRET_KEY.
        salt: the purpose; give each use its own.
        serializer: a class with `dumps` and `loads`; JSON unless told.
        compress: True compresses it where that makes it shorter.

    Example:
        >>> loads(dumps({"id": 7}, key="x" * 32), key="x" * 32)
        {'id': 7}
    """
    return TimestampSigner(key=key, salt=salt).sign_object(obj, serializer=serializer, compress=compress)


def loads(
    s: str,
    key: str | bytes | None = None,
    salt: str = OBJECT_SALT,
    serializer: type[Serializer] = JSONSerializer,
    max_age: float | timedelta | None = None,
    fallback_keys: Sequence[str | bytes] | None = None,
) -> Any:
    """Return the object that `dumps` made into `s`, if its signature is right.

    Args:
        s: the signed text.
        key: the secret; None is SECRET_KEY.
        salt: the purpose it was signed for.
        serializer: the class that wrote it.
        max_age: seconds, or a timedelta, since signing; None accepts every age.
        fallback_keys: former secrets; None is SECRET_KEY_FALLBACKS.

    Raises:
        SignatureExpired: it is older than `max_age`.
        BadSignature: it was not signed by this key for this purpose.
    """
    signer = TimestampSigner(key=key, salt=salt, fallback_keys=fallback_keys)
    return signer.unsign_object(s, serializer=serializer, max_age=max_age)


def get_cookie_signer(salt: str = "manoir.signing.get_cookie_signer") -> Any:
    """Return the signer of SIGNING_BACKEND for cookies of one purpose.

    Args:
        salt: the purpose, for example the cookie's name.

    Raises:
        ImproperlyConfigured: SIGNING_BACKEND is no class that signs.
    """
    backend = import_string(settings.SIGNING_BACKEND)
    if not hasattr(backend, "unsign"):
        raise ImproperlyConfigured(f"SIGNING_BACKEND is {settings.SIGNING_BACKEND!r}, which has no method unsign().")
    return backend(salt=f"manoir.http.cookies:{salt}")
