"""Users, groups and permissions, and the bases of user models of a project's own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from manoir import models
from manoir.apps import apps
from manoir.auth import _hashers as hashers
from manoir.auth._backends_of import named_backends
from manoir.auth._failures import SignInFailure
from manoir.auth._groups import Group, GroupManager, Permission, PermissionManager
from manoir.auth._password_validation import password_changed
from manoir.auth._permissions import PermissionMethods
from manoir.auth._validators import UnicodeUsernameValidator
from manoir.bridge import blocking, hook, run_sync, twin
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, nearest
from manoir.mail import asend_mail
from manoir.signing import derive_key
from manoir.timezone import now

__all__ = [
    "AbstractBaseUser",
    "AbstractUser",
    "AnonymousUser",
    "BaseUserManager",
    "Group",
    "GroupManager",
    "PasswordField",
    "Permission",
    "PermissionManager",
    "PermissionsMixin",
    "SignInFailure",
    "User",
    "UserManager",
    "get_user_model",
]

LONGEST_USERNAME: Final = 1_000


class PasswordField(models.CharField[Any]):
    """A column of password hashes. `secret`: it is never shown, listed, filtered by, exported or serialised."""

    secret: ClassVar[bool] = True

    def deconstruct(self) -> Any:
        """Stand in migrations as the CharField it is."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "manoir.models.CharField", args, kwargs


# -- users ------------------------------------------------------------------------------------------------------------


def normalized(text: str) -> str:
    """Return a name in the one form in which it is stored and compared (NFKC); far too long ones stay as they are."""
    return unicodedata.normalize("NFKC", text) if len(text) <= LONGEST_USERNAME else text


class BaseUserManager(models.Manager[Any]):
    """Finds users by the name they sign in with."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return an e-mail address with its domain in lower case; None becomes empty."""
        local, at, domain = (email or "").strip().rpartition("@")
        return f"{local}{at}{domain.lower()}" if at else domain

    async def aget_by_natural_key(self, username: str | None) -> Any:
        """Return the user who signs in by this name.

        Raises:
            DoesNotExist: there is none.
        """
        return await self.aget(**{self.model.USERNAME_FIELD: username})

    get_by_natural_key = blocking(aget_by_natural_key)

    def with_perm(
        self,
        perm: Permission | str,
        is_active: bool | None = True,
        include_superusers: bool = True,
        backend: str | None = None,
        obj: Any = None,
    ) -> Any:
        """Return a queryset of the users who have a permission, themselves or by a group, as a backend says.

        Args:
            perm: a Permission, or its name, `app_label.codename`.
            is_active: only active (True), inactive (False) or all (None) users.
            include_superusers: superusers have every permission.
            backend: dotted path of the backend that answers; None takes the only one of AUTHENTICATION_BACKENDS.
            obj: an object; ModelBackend knows no permissions for single objects, so it returns nobody then.

        Raises:
            TypeError: `backend` is no dotted path.
            ValueError: there are several backends and none is named, one is named that the settings do not have, or
                `perm` is no name of a permission.
        """
        known = dict(named_backends())
        if backend is None and len(known) > 1:
            raise ValueError(
                "AUTHENTICATION_BACKENDS has several backends: say which one answers, "
                f"with_perm(…, backend={next(iter(known))!r})."
            )
        if backend is not None and not isinstance(backend, str):
            raise TypeError(f"`backend` is the dotted path of a backend, not {backend!r:.80}.")
        if backend is not None and backend not in known:
            raise ValueError(f"AUTHENTICATION_BACKENDS has no {backend!r}.{nearest(backend, known)}")
        chosen = next(iter(known.values())) if backend is None else known[backend]
        if not hasattr(chosen, "with_perm"):
            return self.none()
        found = chosen.with_perm(perm, is_active=is_active, include_superusers=include_superusers, obj=obj)
        return found.using(self._db) if self._db else found


class UserManager(BaseUserManager):
    """Makes users who sign in by username."""

    use_in_migrations = False

    async def acreate_user(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> Any:
        """Make and save a user.

        Args:
            username: the name to sign in with.
            email: the address.
            password: the password; None lets nobody sign in by one.
            **extra_fields: values of further fields.

        Raises:
            ValueError: no username was given.
        """
        extra_fields.setdefault("is_staff", False)
        extra_fields.setdefault("is_superuser", False)
        if not username:
            raise ValueError("A user needs a username.")
        name = self.model.normalize_username(username)
        user = self.model(username=name, email=self.normalize_email(email), **extra_fields)
        await user.aset_password(password)
        await user.asave(using=self._db)
        return user

    create_user = blocking(acreate_user)

    async def acreate_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> Any:
        """Make and save a user who may do everything.

        Raises:
            ValueError: `is_staff=False` or `is_superuser=False` was given.
        """
        return await self.acreate_user(username, email, password, **superuser(extra_fields))

    create_superuser = blocking(acreate_superuser)


def superuser(extra_fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a superuser."""
    fields = {"is_staff": True, "is_superuser": True, **extra_fields}
    for name in ("is_staff", "is_superuser"):
        if fields[name] is not True:
            raise ValueError(f"A superuser has {name}=True, not {fields[name]!r}.")
    return fields


class AbstractBaseUser(models.Model):
    """The least that a user model has: a password and the moment of the last sign-in.

    Attributes:
        USERNAME_FIELD: name of the field that people sign in with.
        EMAIL_FIELD: name of the field with the e-mail address.
        REQUIRED_FIELDS: what `createsuperuser` asks for beside it.
    """

    password = PasswordField("password", max_length=128)
    last_login = models.DateTimeField("last login", blank=True, null=True)

    is_active: Any = True
    _password: str | None = None
    USERNAME_FIELD: ClassVar[str] = "username"
    EMAIL_FIELD: ClassVar[str] = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_anonymous: ClassVar[bool] = False
    is_authenticated: ClassVar[bool] = True

    class Meta:
        """No table of its own."""

        abstract = True

    def __str__(self) -> str:
        return self.get_username()

    def get_username(self) -> str:
        """Return what this user signs in with."""
        return str(getattr(self, self.USERNAME_FIELD))

    def natural_key(self) -> tuple[str]:
        """Return what this user signs in with."""
        return (self.get_username(),)

    def clean(self) -> None:
        """Bring the name into its one form."""
        super().clean()
        setattr(self, self.USERNAME_FIELD, self.normalize_username(self.get_username()))

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """Return a name in the one form in which it is stored (NFKC); what is no text stays as it is."""
        return normalized(username) if isinstance(username, str) else username

    @classmethod
    def get_email_field_name(cls) -> str:
        """Return the name of the field with the e-mail address."""
        return cls.EMAIL_FIELD

    def set_password(self, raw_password: str | None) -> None:
        """Set the password; save the user afterwards. None lets nobody sign in by one."""
        self.password = hashers.make_password(raw_password)
        self._password = raw_password

    async def aset_password(self, raw_password: str | None) -> None:
        """Set the password without blocking the loop; save the user afterwards."""
        self.password = await hashers.amake_password(raw_password)
        self._password = raw_password

    @hook
    async def asave(
        self,
        *,
        force_insert: bool | tuple[type[models.Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the user; then the password rules that want to know hear of a new password, once."""
        await super().asave(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )
        raw_password, self._password = self._password, None
        if raw_password is not None:
            await run_sync(password_changed, raw_password, self)

    save = twin(asave)

    async def acheck_password(self, raw_password: str | None) -> bool:
        """Tell whether this is the password; its hash is made anew when it was made in an older way."""

        async def upgrade(password: str) -> None:
            before, self.password = self.password, await hashers.amake_password(password)
            # Only if it is still the hash that was checked: somebody may have changed the password meanwhile.
            rows = type(self)._base_manager.filter(pk=self.pk, password=before)
            if not await rows.aupdate(password=self.password):
                self.password = before

        return await hashers.acheck_password(raw_password, self.password, upgrade)

    check_password = blocking(acheck_password)

    def set_unusable_password(self) -> None:
        """Let nobody sign in by a password; save the user afterwards."""
        self.password = hashers.make_password(None)
        self._password = None  # one that was set before, and not saved, is nobody's

    def has_usable_password(self) -> bool:
        """Tell whether somebody can sign in by a password."""
        return hashers.is_password_usable(self.password)

    def get_session_auth_hash(self) -> str:
        """Return what sessions of this user carry: it changes with the password, and ends them all."""
        return session_hash(self.password)

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        """Yield the same by the keys of SECRET_KEY_FALLBACKS."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield session_hash(self.password, secret)


def session_hash(password: str, secret: str | None = None) -> str:
    """Return a hash of a stored password hash, by a key of the site."""
    return derive_key(f"manoir.auth.session\x00{password}", secret=secret).hex()


class PermissionsMixin(PermissionMethods, models.Model):
    """Permissions of a user: own ones, those of groups, and `is_superuser` for all of them."""

    is_superuser = models.BooleanField(
        "superuser status", default=False, help_text="May do everything, whatever permissions say."
    )
    groups = models.ManyToManyField(
        Group, verbose_name="groups", blank=True, related_name="user_set", related_query_name="user",
        help_text="The user has all permissions of these groups.",
    )  # fmt: skip
    user_permissions = models.ManyToManyField(
        Permission, verbose_name="user permissions", blank=True, related_name="user_set", related_query_name="user",
        help_text="Permissions of this user alone.",
    )  # fmt: skip

    class Meta:
        """No table of its own."""

        abstract = True


class AbstractUser(AbstractBaseUser, PermissionsMixin):
    """A whole user with username, names and address; subclass it to add fields."""

    username_validator: ClassVar[Any] = UnicodeUsernameValidator()
    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[username_validator],
        help_text="At most 150 characters: letters, digits and @ . + - _",
        error_messages={"unique": "Somebody has this username already."},
    )
    first_name = models.CharField("first name", max_length=150, blank=True)
    last_name = models.CharField("last name", max_length=150, blank=True)
    email = models.EmailField("email address", blank=True)
    is_staff = models.BooleanField("staff status", default=False, help_text="May sign in to the admin.")
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Take this away instead of deleting an account: nobody can sign in by it then.",
    )
    date_joined = models.DateTimeField("date joined", default=now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - of two bases with a Meta each
        """No table of its own."""

        abstract = True
        verbose_name = "user"
        verbose_name_plural = "users"

    def clean(self) -> None:
        """Bring name and address into their one form."""
        super().clean()
        self.email = BaseUserManager.normalize_email(self.email)

    def get_full_name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """Return the first name."""
        return self.first_name

    async def aemail_user(self, subject: str, message: str, from_email: str | None = None, **kwargs: Any) -> None:
        """Send a mail to this user."""
        await asend_mail(subject, message, from_email, [self.email], **kwargs)

    email_user = blocking(aemail_user)


class User(AbstractUser):
    """The user of a project that has no user model of its own."""

    class Meta(AbstractUser.Meta):
        """The table."""

        app_label = "auth"
        swappable = "AUTH_USER_MODEL"


class AnonymousUser(PermissionMethods):
    """Who is not signed in."""

    id = None
    pk = None
    username = ""
    is_staff = False
    is_active = False
    is_superuser = False
    is_anonymous = True
    is_authenticated = False

    def __str__(self) -> str:
        return "AnonymousUser"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnonymousUser)

    def __hash__(self) -> int:
        return 1

    def __int__(self) -> int:
        raise TypeError(
            "Nobody is signed in, so there is no key of a user: look at request.user.is_authenticated first."
        )

    @property
    def groups(self) -> Any:
        """No groups."""
        return Group.objects.none()

    @property
    def user_permissions(self) -> Any:
        """No permissions."""
        return Permission.objects.none()

    def get_username(self) -> str:
        """Return an empty name."""
        return self.username


def get_user_model() -> Any:
    """Return the user model of the project, AUTH_USER_MODEL.

    Raises:
        ImproperlyConfigured: the setting names no model.
    """
    try:
        return apps.get_model(settings.AUTH_USER_MODEL, require_ready=False)
    except (ValueError, LookupError) as error:
        raise ImproperlyConfigured(f"AUTH_USER_MODEL is {settings.AUTH_USER_MODEL!r}. {error}") from error
