"""Permissions: who may use a view, and which objects; combined by `&`, `|` and `~`."""

from __future__ import annotations

from typing import Any

from manoir.bridge import TwoColours, atwin, blocking, hook
from manoir.exceptions import APIPermissionDenied, Http404

__all__ = [
    "SAFE_METHODS",
    "AllowAny",
    "BasePermission",
    "BasePermissionMetaclass",
    "DjangoModelPermissions",
    "DjangoModelPermissionsOrAnonReadOnly",
    "DjangoObjectPermissions",
    "IsAdminUser",
    "IsAuthenticated",
    "IsAuthenticatedOrReadOnly",
    "OperandHolder",
    "SingleOperandHolder",
]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Combinable:
    """What `&`, `|` and `~` do with permission classes and their combinations."""

    def __and__(self, other: Any) -> OperandHolder:
        return OperandHolder(Both, self, other)

    def __rand__(self, other: Any) -> OperandHolder:
        return OperandHolder(Both, other, self)

    def __or__(self, other: Any) -> OperandHolder:
        return OperandHolder(Either, self, other)

    def __ror__(self, other: Any) -> OperandHolder:
        return OperandHolder(Either, other, self)

    def __invert__(self) -> SingleOperandHolder:
        return SingleOperandHolder(Not, self)

    def __bool__(self) -> bool:
        # `IsOwner and IsAdminUser` would be the second alone, and let in whom the first refuses.
        raise TypeError(f"Permissions are combined by &, | and ~, not by `and`, `or` and `not`: {named(self)}.")


class BasePermissionMetaclass(Combinable, type):
    """Lets classes of permissions be combined."""


def named(permission: Any) -> str:
    """Return the name of a permission class, of a combination those of its parts."""
    parts = [getattr(permission, name, None) for name in ("left", "right", "inner")]
    names = [named(part) for part in parts if part is not None]
    return " and ".join(names) or permission.__name__


class OperandHolder(Combinable):
    """Two permission classes combined; called, as a class is, it makes the permission."""

    def __init__(self, operator: type[Any], left: Any, right: Any) -> None:
        self.operator, self.left, self.right = operator, left, right

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the permission."""
        return self.operator(self.left(*args, **kwargs), self.right(*args, **kwargs))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OperandHolder) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def _parts(self) -> tuple[Any, Any, Any]:
        return self.operator, self.left, self.right


class SingleOperandHolder(Combinable):
    """A permission class turned round; called, as a class is, it makes the permission."""

    def __init__(self, operator: type[Any], inner: Any) -> None:
        self.operator, self.inner = operator, inner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the permission."""
        return self.operator(self.inner(*args, **kwargs))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SingleOperandHolder) and self.inner == other.inner

    def __hash__(self) -> int:
        return hash((self.operator, self.inner))


class Both:
    """Two permissions, both of which have to agree. The words of a refusal are those of the side that refused."""

    message: Any = None
    code: Any = None

    def __init__(self, left: Any, right: Any) -> None:
        self.left, self.right = left, right

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        for side in (self.left, self.right):
            if not await side.ahas_permission(request, view):
                return self.refused_by(side)
        return True

    has_permission = blocking(ahas_permission)

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        for side in (self.left, self.right):
            if not await side.ahas_object_permission(request, view, obj):
                return self.refused_by(side)
        return True

    has_object_permission = blocking(ahas_object_permission)

    def refused_by(self, side: Any) -> bool:
        self.message, self.code = getattr(side, "message", None), getattr(side, "code", None)
        return False


class Either(Both):
    """Two permissions, one of which has to agree: for an object, the same one to the request, too.

    The words of a refusal are those of the last side that has any.
    """

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return await self.left.ahas_permission(request, view) or (
            await self.right.ahas_permission(request, view) or self.refused()
        )

    has_permission = blocking(ahas_permission)

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        for side in (self.left, self.right):
            if await side.ahas_permission(request, view) and await side.ahas_object_permission(request, view, obj):
                return True
        return self.refused()

    has_object_permission = blocking(ahas_object_permission)

    def refused(self) -> bool:
        has_words = getattr(self.right, "message", None) is not None
        return self.refused_by(self.right if has_words else self.left)


class Not:
    """A permission turned round: it lets an object pass where the other would not, be it for the request or the object."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return not await self.inner.ahas_permission(request, view)

    has_permission = blocking(ahas_permission)

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        inner = self.inner
        may = await inner.ahas_permission(request, view) and await inner.ahas_object_permission(request, view, obj)
        return not may

    has_object_permission = blocking(ahas_object_permission)


class BasePermission(TwoColours, metaclass=BasePermissionMetaclass):
    """A permission; override either method in the colour that suits you.

    Attributes:
        message, code: what a refusal says, instead of the usual words.

    Example:
        >>> class IsOwner(BasePermission):
        ...     message = "This belongs to somebody else."
        ...
        ...     def has_object_permission(self, request, view, obj):
        ...         return obj.owner_id == request.user.pk
        >>> either = IsOwner | IsAdminUser
    """

    @hook
    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether the request may go on; asked before the handler."""
        return True

    ahas_permission = atwin(has_permission)

    @hook
    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """Tell whether the request may have an object; asked by `get_object()`."""
        return True

    ahas_object_permission = atwin(has_object_permission)


class AllowAny(BasePermission):
    """Everybody."""


class IsAuthenticated(BasePermission):
    """Who is signed in."""

    @hook
    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether somebody is signed in."""
        return is_signed_in(request.user)


class IsAdminUser(BasePermission):
    """Staff."""

    @hook
    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether the user is of the staff."""
        return bool(request.user and getattr(request.user, "is_staff", False))


class IsAuthenticatedOrReadOnly(BasePermission):
    """Everybody for reading, who is signed in for writing."""

    @hook
    def has_permission(self, request: Any, view: Any) -> bool:
        """Tell whether the method only reads, or somebody is signed in."""
        return request.method in SAFE_METHODS or is_signed_in(request.user)


class DjangoModelPermissions(BasePermission):
    """Who has the permissions `add`, `change`, `delete` of the view's model, for the methods that need them.

    The view has a queryset. Reading needs no permission; say so in `perms_map` if it should.

    Attributes:
        perms_map: permissions by HTTP method, with `%(app_label)s` and `%(model_name)s`.
        authenticated_users_only: whether nobody else is let in at all.
    """

    perms_map: dict[str, list[str]] = {
        "GET": [],
        "OPTIONS": [],
        "HEAD": [],
        "POST": ["%(app_label)s.add_%(model_name)s"],
        "PUT": ["%(app_label)s.change_%(model_name)s"],
        "PATCH": ["%(app_label)s.change_%(model_name)s"],
        "DELETE": ["%(app_label)s.delete_%(model_name)s"],
    }
    authenticated_users_only = True

    def get_required_permissions(self, method: str, model_cls: Any) -> list[str]:
        """Return the permissions that a method needs for a model.

        Raises:
            APIPermissionDenied: `perms_map` does not know the method.
        """
        return named_permissions(self.perms_map, method, model_cls)

    @hook
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """Tell whether the user has them."""
        if not request.user or (self.authenticated_users_only and not is_signed_in(request.user)):
            return False
        if getattr(view, "_ignore_model_permissions", False):  # the root of a router has no model
            return True
        model = await amodel_of(view)
        return await request.user.ahas_perms(self.get_required_permissions(request.method, model))


class DjangoModelPermissionsOrAnonReadOnly(DjangoModelPermissions):
    """The same, and everybody may read."""

    authenticated_users_only = False


class DjangoObjectPermissions(DjangoModelPermissions):
    """The same for each object, by a backend that knows permissions of objects.

    Who may not even see an object (the permissions of GET) gets 404 instead of 403: it does not exist for them.
    """

    def get_required_object_permissions(self, method: str, model_cls: Any) -> list[str]:
        """Return the permissions that a method needs for an object."""
        return named_permissions(self.perms_map, method, model_cls)

    @hook
    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """Tell whether the user has them for the object.

        Raises:
            Http404: the user may not see the object.
        """
        model = await amodel_of(view)
        user = request.user
        if await user.ahas_perms(self.get_required_object_permissions(request.method, model), obj):
            return True
        if request.method in SAFE_METHODS:
            raise Http404
        if not await user.ahas_perms(self.get_required_object_permissions("GET", model), obj):
            raise Http404
        return False


def is_signed_in(user: Any) -> bool:
    return bool(user and user.is_authenticated)


def named_permissions(perms_map: dict[str, list[str]], method: str, model: Any) -> list[str]:
    if method not in perms_map:
        raise APIPermissionDenied(f"Nothing says which permissions {method} needs here.")
    names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
    return [permission % names for permission in perms_map[method]]


async def amodel_of(view: Any) -> Any:
    """Return the model of a view's queryset."""
    queryset = getattr(view, "queryset", None)
    if queryset is None and hasattr(view, "aget_queryset"):
        queryset = await view.aget_queryset()
    if queryset is None:
        raise AssertionError(
            f"Permissions by model need {type(view).__name__}.queryset, or a get_queryset(): nothing names the model."
        )
    return queryset.model
