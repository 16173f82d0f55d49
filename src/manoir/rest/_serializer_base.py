"""`BaseSerializer`: checking, saving and showing in both colours, whatever the data looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from manoir import bridge
from manoir.bridge import atwin, hook, spawn, twin
from manoir.exceptions import APIValidationError, RelationNotLoaded, SynchronousOnlyOperation, ValidationError
from manoir.rest._field import Field, details_of, empty
from manoir.rest._serializer_hooks import runs_foreign_code

OF_LISTS = frozenset({"allow_empty", "max_length", "min_length"})
"""Options of `many=True` that concern the list only."""
OF_BOTH = frozenset(
    {
        "read_only", "write_only", "required", "default", "initial", "source", "label", "help_text", "style",
        "error_messages", "instance", "data", "partial", "context", "allow_null",
    }
)  # fmt: skip
"""Options that both the list and its child are given."""
OF_VIEWS = frozenset({"instance", "data", "partial", "context"})
"""Those of them that views give."""


@dataclass(frozen=True, slots=True)
class LateChild:
    """The serializer of the items of a list, not made yet: a list that is read by a plan needs none.

    List and child know each other, so with a child a list waits for the garbage collector, and its request with it.

    Attributes:
        cls: its class.
        args: what it is made with.
        kwargs: likewise, by name.
    """

    cls: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class BaseSerializer(Field):
    """Base of serializers: override `to_representation` and `to_internal_value`, and `create` and `update` to save.

    Args:
        instance: what is shown or changed; with `many=True` an iterable, queryset or manager.
        data: what was sent.
        many: it is about several: a `ListSerializer` is made.
        partial: an update of the fields that were sent only.
        context: what hooks want to know; views put `request`, `view` and `format` there.
        **options: those of every field, for a serializer inside another.
    """

    instance: Any
    initial_data: Any
    partial: bool
    _list_class: ClassVar[Any] = None  # ListSerializer, which its module puts here

    def __new__(cls, *args: Any, many: bool = False, **kwargs: Any) -> Self:
        """Make a `ListSerializer` for `many=True`; to a type checker it is one of this class, which has the same methods."""
        if many:
            return cast("Self", cls.many_init(*args, **kwargs))
        return super().__new__(cls, *args, **kwargs)

    def __init__(
        self,
        instance: Any = None,
        data: Any = empty,
        *,
        many: bool = False,
        partial: bool = False,
        context: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.instance = instance
        if data is not empty:
            self.initial_data = data
        self.partial = partial
        self._context: dict[str, Any] = dict(context or {})
        if options:
            super().__init__(**options)
        else:
            self._begin()

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the serializer of `many=True`; override it, or set `Meta.list_serializer_class`, for one of your own."""
        chosen: Any = getattr(getattr(cls, "Meta", None), "list_serializer_class", None) or cls._list_class
        if kwargs.keys() <= OF_VIEWS:
            # hot path: benchmarks/rest.py
            if chosen is cls._list_class and cls.__init__ is BaseSerializer.__init__:
                return chosen(*args, **kwargs, child=LateChild(cls, args, kwargs))
            child, options = cls(*args, **kwargs), kwargs
        else:
            child = cls(*args, **{key: value for key, value in kwargs.items() if key not in OF_LISTS})
            options = {key: value for key, value in kwargs.items() if key in OF_LISTS or key in OF_BOTH}
        return chosen(*args, **options, child=child)

    # -- checking -----------------------------------------------------------------------------------------------------

    @hook
    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Check what was sent. In a coroutine: `await serializer.ais_valid()`.

        Args:
            raise_exception: raise the errors instead of answering False.

        Returns:
            Whether it is acceptable; then `validated_data` has the values, else `errors` says why not.

        Raises:
            ValidationError: it is not, and `raise_exception` was asked.
            TypeError: the serializer was made without `data=`.
        """
        if not hasattr(self, "initial_data"):
            raise TypeError(f"{type(self).__name__} has nothing to check: give it data=….")
        if not hasattr(self, "_validated_data"):
            # A user's `def validate` may really block: from the loop it is run where it harms nobody.
            if bridge.in_spawn() and runs_foreign_code(self, writing=True):
                bridge.wait(bridge.run_sync(self._check))
            else:
                self._guarded(self._check, "is_valid() has to ask the database", "ais_valid()")
        if self._errors and raise_exception:
            raise APIValidationError(self.errors)
        return not self._errors

    ais_valid = atwin(is_valid, waits=True)

    def _check(self) -> None:
        try:
            self._validated_data: Any = self.run_validation(self.initial_data)
            self._errors: Any = self._no_errors()
        except (APIValidationError, ValidationError) as error:
            self._validated_data, self._errors = {}, details_of(error)

    def _no_errors(self) -> Any:
        return {}

    @property
    def errors(self) -> Any:
        """Errors by field after `is_valid()`."""
        self._refuse_unchecked("errors")
        return self._errors

    @property
    def validated_data(self) -> Any:
        """The checked values after `is_valid()`."""
        self._refuse_unchecked("validated_data")
        return self._validated_data

    def _refuse_unchecked(self, name: str) -> None:
        if not hasattr(self, "_validated_data"):
            raise TypeError(
                f"{type(self).__name__}.{name} is there once `is_valid()` was called, in a coroutine `await "
                "serializer.ais_valid()`."
            )

    # -- saving -------------------------------------------------------------------------------------------------------

    @hook
    async def acreate(self, validated_data: Any) -> Any:
        """Hook: make an instance; `def create` or `async def acreate`.

        Args:
            validated_data: the checked values.

        Returns:
            The instance.
        """
        raise TypeError(f"{type(self).__name__} cannot create: write `def create(self, validated_data)`.")

    create = twin(acreate)

    @hook
    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        """Hook: change an instance; `def update` or `async def aupdate`.

        Args:
            instance: the instance.
            validated_data: the checked values.

        Returns:
            The instance.
        """
        raise TypeError(f"{type(self).__name__} cannot update: write `def update(self, instance, validated_data)`.")

    update = twin(aupdate)

    @hook
    async def asave(self, **kwargs: Any) -> Any:
        """Create or update the instance. In sync code: `save()`.

        Args:
            **kwargs: further values, which win over those that were sent: `save(owner=request.user)`.

        Returns:
            The instance, which is `self.instance` too.

        Raises:
            TypeError: `is_valid()` was not called, or `data` was read before.
            ValueError: there are errors.
        """
        self._refuse_save(kwargs)
        validated = self._values_to_save(kwargs)
        if self.instance is not None:
            saved, done = await self.aupdate(self.instance, validated), "update"
        else:
            saved, done = await self.acreate(validated), "create"
        if saved is None:
            raise TypeError(f"{type(self).__name__}.{done}() returned None; it has to return the instance.")
        self.instance = saved
        return saved

    save = twin(asave)

    def _values_to_save(self, extra: Mapping[str, Any]) -> Any:
        return {**self.validated_data, **extra}

    def _refuse_save(self, extra: Mapping[str, Any]) -> None:
        name = type(self).__name__
        self._refuse_unchecked("save()")
        if self._errors:
            raise ValueError(f"{name} has errors and cannot be saved: {self.errors}")
        if "commit" in extra:
            raise TypeError(
                f"{name}.save(commit=…): there is no commit here. Further values are saved: save(owner=request.user); "
                "to do something first, use `validated_data` and save yourself."
            )
        if hasattr(self, "_data"):
            raise TypeError(
                f"{name}.data was read before save(), so it would not show what was saved. Read `validated_data` instead."
            )

    # -- showing ------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """What an answer holds: of the instance, or of what was sent. In a coroutine: `await serializer.adata()`.

        Raises:
            TypeError: data was sent, and `is_valid()` was not called.
            SynchronousOnlyOperation: read in a coroutine, and rows have to be loaded.
        """
        if not hasattr(self, "_data"):
            if hasattr(self, "initial_data") and not hasattr(self, "_validated_data"):
                raise TypeError(f"{type(self).__name__} got data=…: call `is_valid()` before reading `data`.")
            self._data = self._guarded(self._make_data, "data has to load rows", "adata()")
        return self._data

    async def adata(self) -> Any:
        """Return `data`, loading what it needs."""
        if not hasattr(self, "_data"):
            if runs_foreign_code(self, writing=False):
                await bridge.run_sync(getattr, self, "data")
            elif not self._shown_at_once():
                await spawn(getattr, self, "data")
        return self.data

    def _shown_at_once(self) -> bool:
        """Make the data without waiting; False where rows have to be loaded first. After a save they seldom have."""
        try:
            _ = self.data
        except SynchronousOnlyOperation:
            return False
        return True

    async def aoutput(self) -> Any:
        """Return what renderers write: `data`, or rows out of the database that need not become objects first.

        Returns:
            Something with `encoded()`, which gives JSON as bytes; a dict, or a sequence of dicts.
        """
        return await self.adata()

    def _guarded(self, make: Any, what: str, instead: str) -> Any:
        try:
            return make()
        except (SynchronousOnlyOperation, RelationNotLoaded) as error:
            if error.__dict__.get("of_serializer"):
                raise
            told = SynchronousOnlyOperation(
                f"{type(self).__name__}.{what}, and this is a coroutine. Write `await serializer.{instead}`. ({error})"
            )
            told.__dict__["of_serializer"] = True
            raise told from error

    def _make_data(self) -> Any:
        if self.instance is not None and not getattr(self, "_errors", None):
            return self.to_representation(self.instance)
        if hasattr(self, "_validated_data") and not self._errors:
            return self.to_representation(self._validated_data)
        return self.get_initial()

    def _forget_fields(self) -> None:
        """Forget what follows from the fields."""
