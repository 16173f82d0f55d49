"""Passwords at rest: hashes in the documented formats, made and checked away from the event loop.

Every stored hash begins with the name of its algorithm. The first of PASSWORD_HASHERS makes new ones; the others are
read, so that a database made elsewhere keeps working, and replaced when their owner signs in. Hashes come out of a
table, so their cost parameters are bounded before anything is computed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import inspect
import os
from collections.abc import Callable
from typing import Any, ClassVar, Final

from manoir.bridge import LoopLocal, run_sync, to_thread
from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured
from manoir.signing import constant_time_compare, get_random_string

UNUSABLE_PREFIX: Final = "!"
LONGEST_PASSWORD: Final = 1024
LONGEST_HASH: Final = 1024
SALT_LENGTH: Final = 22


class BasePasswordHasher:
    """One way to hash passwords; a subclass defines `encode` and `verify`.

    Attributes:
        algorithm: what stored hashes begin with.
    """

    algorithm: ClassVar[str] = ""

    def salt(self) -> str:
        """Return a new salt of 128 bits and more."""
        return get_random_string(SALT_LENGTH)

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password, as it is stored."""
        raise TypeError(f"{type(self).__name__} does not define encode().")

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a stored hash is that of a password."""
        raise TypeError(f"{type(self).__name__} does not define verify().")

    def must_update(self, encoded: str) -> bool:
        """Tell whether a stored hash should be made anew with the present parameters."""
        return False

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        """Return what may be shown of a stored hash: the algorithm, never the hash."""
        return {"algorithm": self.algorithm}


class Argon2PasswordHasher(BasePasswordHasher):
    """Argon2id by argon2-cffi, with the second recommended parameters of RFC 9106: 64 MiB, 3 passes, 4 lanes."""

    algorithm = "argon2"
    time_cost = 3
    memory_cost = 65_536
    parallelism = 4
    highest: ClassVar[dict[str, int]] = {"time_cost": 20, "memory_cost": 1_048_576, "parallelism": 64}

    def hasher(self) -> Any:
        """Return argon2-cffi's hasher with the parameters of this class."""
        from argon2 import PasswordHasher

        return PasswordHasher(
            time_cost=self.time_cost,
            memory_cost=self.memory_cost,
            parallelism=self.parallelism,
            salt_len=SALT_LENGTH,
        )

    def encode(self, password: str, salt: str) -> str:
        """Return `argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash`."""
        return self.algorithm + self.hasher().hash(password.encode("utf-8", "surrogatepass"), salt=salt.encode())

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the hash fits; one with parameters out of bounds fits nothing."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            if not self.is_bounded(encoded):
                return False
            typed = password.encode("utf-8", "surrogatepass")
            return self.hasher().verify(encoded.removeprefix(self.algorithm), typed)
        except (Argon2Error, InvalidHashError):
            return False

    def is_bounded(self, encoded: str) -> bool:
        from argon2 import extract_parameters

        found = extract_parameters(encoded.removeprefix(self.algorithm))
        return all(getattr(found, name) <= limit for name, limit in self.highest.items())

    def must_update(self, encoded: str) -> bool:
        """Tell whether the parameters are other than today's."""
        from argon2.exceptions import InvalidHashError

        try:
            return self.hasher().check_needs_rehash(encoded.removeprefix(self.algorithm))
        except InvalidHashError:
            return True


class PBKDF2PasswordHasher(BasePasswordHasher):
    """PBKDF2 with SHA-256: `pbkdf2_sha256$iterations$salt$hash`."""

    algorithm = "pbkdf2_sha256"
    iterations = 1_500_000
    digest: ClassVar[str] = "sha256"
    highest_iterations: ClassVar[int] = 10_000_000

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash in its documented form."""
        count = iterations or self.iterations
        made = hashlib.pbkdf2_hmac(self.digest, password.encode("utf-8", "surrogatepass"), salt.encode(), count)
        return f"{self.algorithm}${count}${salt}${base64.b64encode(made).decode()}"

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the hash fits."""
        _algorithm, count, salt, _hash = encoded.split("$", 3)
        if not 1 <= int(count) <= self.highest_iterations:
            return False
        return constant_time_compare(encoded, self.encode(password, salt, int(count)))

    def must_update(self, encoded: str) -> bool:
        """Tell whether there are fewer iterations than today."""
        return encoded.split("$", 3)[1] != str(self.iterations)


class PBKDF2SHA1PasswordHasher(PBKDF2PasswordHasher):
    """PBKDF2 with SHA-1, for hashes of other systems."""

    algorithm = "pbkdf2_sha1"
    digest = "sha1"


class BCryptSHA256PasswordHasher(BasePasswordHasher):
    """bcrypt over SHA-256, so that long passwords count whole; needs the extra `bcrypt`."""

    algorithm = "bcrypt_sha256"
    rounds = 12
    highest_rounds: ClassVar[int] = 16

    def prepared(self, password: str) -> bytes:
        """Return what bcrypt sees of a password."""
        return binascii.hexlify(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())

    def library(self) -> Any:
        try:
            import bcrypt
        except ImportError as error:
            raise ImproperlyConfigured(
                "bcrypt hashes need the package bcrypt: pip install 'manoir[bcrypt]'."
            ) from error
        return bcrypt

    def salt(self) -> str:
        """Return a salt with the number of rounds."""
        return self.library().gensalt(self.rounds).decode()

    def encode(self, password: str, salt: str) -> str:
        """Return `bcrypt_sha256$$2b$12$…`."""
        made: bytes = self.library().hashpw(self.prepared(password), salt.encode())
        return f"{self.algorithm}${made.decode()}"

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the hash fits."""
        stored = encoded.split("$", 1)[1]
        if not 4 <= int(stored.split("$")[2]) <= self.highest_rounds:
            return False
        return constant_time_compare(encoded, self.encode(password, stored))

    def must_update(self, encoded: str) -> bool:
        """Tell whether the rounds are other than today's."""
        return int(encoded.split("$")[3]) != self.rounds


class BCryptPasswordHasher(BCryptSHA256PasswordHasher):
    """Plain bcrypt, which looks at 72 bytes only; for hashes of other systems."""

    algorithm = "bcrypt"

    def prepared(self, password: str) -> bytes:
        """Return the first 72 bytes."""
        return password.encode("utf-8", "surrogatepass")[:72]


class ScryptPasswordHasher(BasePasswordHasher):
    """scrypt: `scrypt$work_factor$salt$block_size$parallelism$hash`."""

    algorithm = "scrypt"
    work_factor = 2**14
    block_size = 8
    parallelism = 5
    longest_bytes: ClassVar[int] = 256 * 1024 * 1024

    def encode(self, password: str, salt: str, n: int | None = None, r: int | None = None, p: int | None = None) -> str:
        """Return the hash in its documented form."""
        n, r, p = n or self.work_factor, r or self.block_size, p or self.parallelism
        made = hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt.encode(),
            n=n,
            r=r,
            p=p,
            maxmem=self.longest_bytes,
            dklen=64,
        )
        return f"{self.algorithm}${n}${salt}${r}${p}${base64.b64encode(made).decode()}"

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the hash fits."""
        _algorithm, n, salt, r, p, _hash = encoded.split("$", 5)
        if not (1 < int(n) <= 2**18 and 1 <= int(r) <= 32 and 1 <= int(p) <= 32):
            return False
        return constant_time_compare(encoded, self.encode(password, salt, int(n), int(r), int(p)))

    def must_update(self, encoded: str) -> bool:
        """Tell whether the parameters are other than today's."""
        _algorithm, n, _salt, r, p, _hash = encoded.split("$", 5)
        return (int(n), int(r), int(p)) != (self.work_factor, self.block_size, self.parallelism)


class MD5PasswordHasher(BasePasswordHasher):
    """Quick and unsafe: for the settings of tests only, where thousands of users are made."""

    algorithm = "md5"

    def encode(self, password: str, salt: str) -> str:
        """Return `md5$salt$hash`."""
        made = hashlib.md5((salt + password).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        return f"{self.algorithm}${salt}${made}"

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the hash fits."""
        return constant_time_compare(encoded, self.encode(password, encoded.split("$", 2)[1]))


# -- the documented functions -----------------------------------------------------------------------------------------

made: dict[str, BasePasswordHasher] = {}
"""Hashers by dotted path, out of the settings: a closed set."""


def get_hashers() -> list[BasePasswordHasher]:
    """Return the hashers of PASSWORD_HASHERS, the one that makes new hashes first."""
    found: list[BasePasswordHasher] = []
    for path in settings.PASSWORD_HASHERS:
        path = path.replace("django.contrib.auth.hashers.", "manoir.auth.")
        if path not in made:
            hasher = import_string(path)()
            if not getattr(hasher, "algorithm", ""):
                raise ImproperlyConfigured(f"PASSWORD_HASHERS: {path} has no `algorithm`.")
            made[path] = hasher
        found.append(made[path])
    return found


def get_hasher(algorithm: str = "default") -> BasePasswordHasher:
    """Return the hasher of an algorithm, or the one that makes new hashes.

    Raises:
        ValueError: PASSWORD_HASHERS has no such algorithm.
    """
    hashers = get_hashers()
    if algorithm == "default":
        return hashers[0]
    for hasher in hashers:
        if hasher.algorithm == algorithm:
            return hasher
    known = ", ".join(hasher.algorithm for hasher in hashers)
    raise ValueError(f"No hasher in PASSWORD_HASHERS reads {algorithm[:40]!r} hashes; they read: {known}.")


def identify_hasher(encoded: str) -> BasePasswordHasher:
    """Return the hasher that reads a stored hash.

    Raises:
        ValueError: none does.
    """
    return get_hasher(encoded[:LONGEST_HASH].split("$", 1)[0])


def is_password_usable(encoded: str | None) -> bool:
    """Tell whether somebody can sign in by this hash: False after `set_unusable_password()`."""
    return encoded is not None and not encoded.startswith(UNUSABLE_PREFIX)


def make_password(password: str | None, salt: str | None = None, hasher: str | BasePasswordHasher = "default") -> str:
    """Return the hash of a password, as it is stored. It takes tens of milliseconds; coroutines use `amake_password`.

    Args:
        password: the password; None gives a hash that no password fits.
        salt: the salt; None makes one.
        hasher: a hasher, or the name of its algorithm.

    Raises:
        TypeError: the password is no text.
        ValueError: it has more than 1,024 characters.

    Example:
        >>> make_password(None)[0]
        '!'
    """
    if password is None:
        return UNUSABLE_PREFIX + get_random_string(40)
    if not isinstance(password, str):
        raise TypeError(f"A password is text, not {type(password).__name__}.")
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"A password has at most {LONGEST_PASSWORD} characters; this one has {len(password)}.")
    chosen = get_hasher(hasher) if isinstance(hasher, str) else hasher
    return chosen.encode(password, salt or chosen.salt())


def verify_password(
    password: str | None, encoded: str | None, preferred: str | BasePasswordHasher = "default"
) -> tuple[bool, bool]:
    """Return whether a password fits a stored hash, and whether that should be made anew.

    It takes about as long when nothing can fit: then a hash is made for nothing (H32).
    """
    chosen = get_hasher(preferred) if isinstance(preferred, str) else preferred
    if not isinstance(password, str) or len(password) > LONGEST_PASSWORD:
        chosen.encode("", chosen.salt())
        return False, False
    if encoded is None or not is_password_usable(encoded) or len(encoded) > LONGEST_HASH:
        chosen.encode(password, chosen.salt())
        return False, False
    try:
        hasher = identify_hasher(encoded)
        fits = hasher.verify(password, encoded)
        outdated = hasher.algorithm != chosen.algorithm or chosen.must_update(encoded)
        if outdated and not fits:  # an older hash may be made sooner, which would tell that somebody has the name
            chosen.encode(password, chosen.salt())
        return fits, outdated
    except (ValueError, IndexError):  # a hash of no known form
        chosen.encode(password, chosen.salt())
        return False, False


def check_password(
    password: str | None, encoded: str, setter: Callable[[str], Any] | None = None, preferred: str = "default"
) -> bool:
    """Tell whether a password fits a stored hash; coroutines use `acheck_password`.

    Args:
        password: what somebody typed.
        encoded: the stored hash.
        setter: is called with the password when it fits and the hash should be made anew.
        preferred: algorithm of new hashes.
    """
    fits, outdated = verify_password(password, encoded, preferred)
    if fits and outdated and setter is not None:
        setter(password or "")
    return fits


# -- away from the loop -----------------------------------------------------------------------------------------------

turns: LoopLocal[asyncio.Semaphore] = LoopLocal(
    lambda: asyncio.Semaphore(settings.PASSWORD_HASHING_CONCURRENCY or os.cpu_count() or 1)
)
"""How many passwords are hashed at once: each takes a core and tens of megabytes."""


async def amake_password(
    password: str | None, salt: str | None = None, hasher: str | BasePasswordHasher = "default"
) -> str:
    """Return the hash of a password, made in a thread; otherwise as `make_password`."""
    if password is None:
        return make_password(None)
    async with turns.get():
        return await to_thread(make_password, password, salt, hasher)


async def averify_password(password: str | None, encoded: str | None) -> tuple[bool, bool]:
    """Return what `verify_password` returns, worked out in a thread."""
    async with turns.get():
        return await to_thread(verify_password, password, encoded)


async def acheck_password(
    password: str | None, encoded: str, setter: Callable[[str], Any] | None = None, preferred: str = "default"
) -> bool:
    """Tell whether a password fits a stored hash, worked out in a thread; `setter` is `def` or `async def`."""
    async with turns.get():
        fits, outdated = await to_thread(verify_password, password, encoded, preferred)
    if fits and outdated and setter is not None:
        if inspect.iscoroutinefunction(setter):
            await setter(password or "")
        else:
            await run_sync(setter, password or "")
    return fits
