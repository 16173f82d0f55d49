"""`ListSerializer`: several of what another serializer describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from manoir import bridge
from manoir.bridge import hook
from manoir.exceptions import APIValidationError, ErrorDetail, ValidationError
from manoir.http import MultiValueDict
from manoir.i18n import gettext_lazy as _
from manoir.models import Manager, Model, QuerySet
from manoir.rest._field import SkipField, details_of, empty
from manoir.rest._nested_rows import visible_rows
from manoir.rest._plan_cache import known_level, level_of
from manoir.rest._relation_batch import looked_up_together
from manoir.rest._serializer import as_serializer_error
from manoir.rest._serializer_base import BaseSerializer, LateChild
from manoir.rest._serializer_data import EncodedList, ReturnDict, ReturnList
from manoir.rest.settings import api_settings

MAX_ITEMS = 10_000
"""Most items that are taken where `max_length` sets no limit (H44, H56)."""


class MadeLate:
    """The attribute `child` of a list that was given a `LateChild`: its serializer is made when it is first asked for.

    No `__getattr__`, which would hide what goes wrong inside of other attributes, such as `data`.
    """

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return None
        late: LateChild = instance.__dict__["_late_child"]
        child = instance.child = late.cls(*late.args, **late.kwargs)
        child.bind(field_name="", parent=instance)
        return child


class ListSerializer(BaseSerializer):
    """What `many=True` makes.

    Args:
        child: the serializer of the items.
        allow_empty: an empty list is a value.
        max_length: most items; None allows 10,000.
        min_length: fewest items.
        *args, **options: those of the serializer.

    Example:
        >>> from manoir.rest import serializers
        >>> class Point(serializers.Serializer):
        ...     x = serializers.IntegerField()
        >>> points = Point(data=[{"x": 1}, {"x": "a"}], many=True)
        >>> points.is_valid(), [bool(error) for error in points.errors]
        (False, [False, True])
    """

    child: Any = MadeLate()
    many = True
    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "not_a_list": _("A list is needed, not {input_type}."),
        "empty": _("This list cannot be empty."),
        "max_length": _("At most {max_length} items are taken."),
        "min_length": _("At least {min_length} items are needed."),
    }

    def __init__(
        self,
        *args: Any,
        child: Any = None,
        allow_empty: bool = True,
        max_length: int | None = None,
        min_length: int | None = None,
        **options: Any,
    ) -> None:
        self.allow_empty, self.max_length, self.min_length = allow_empty, max_length, min_length
        super().__init__(*args, **options)
        if type(child) is LateChild:
            self._late_child = child
            return
        made = child if child is not None else getattr(type(self), "child", None)
        if made is None:
            raise TypeError(f"{type(self).__name__} needs child=…, the serializer of its items.")
        self.child = made if child is not None else made._copied()
        self.child.bind(field_name="", parent=self)

    def _copied(self) -> Any:
        twin = super()._copied()
        twin.child = self.child._copied()
        twin.child.parent = twin
        return twin

    def get_initial(self) -> Any:
        """Return what a form shows first, or what was sent."""
        if hasattr(self, "initial_data"):
            return self.to_representation(self.initial_data) if isinstance(self.initial_data, list) else []
        return []

    def get_value(self, dictionary: Any) -> Any:
        """Return the items that were sent: in a form `name[0].field`, or `name[0]field`."""
        if not hasattr(dictionary, "getlist"):
            return dictionary.get(self.field_name, empty)
        return forms_of_items(dictionary, self.field_name) or empty

    # -- in -----------------------------------------------------------------------------------------------------------

    @hook
    def run_validation(self, data: Any = empty) -> Any:
        """Hook: return the checked values of all items."""
        over, data = self.validate_empty_values(data)
        if over:
            return data
        value = self.to_internal_value(data)
        try:
            self.run_validators(value)
            value = self.validate(value)
        except (ValidationError, APIValidationError) as error:
            raise APIValidationError(as_serializer_error(error)) from error
        if value is None:
            raise TypeError(f"{type(self).__name__}.validate() returned None; it has to return the values.")
        return value

    def validate(self, attrs: list[Any], /) -> list[Any] | None:
        """Check the values of all items as a whole."""
        return attrs

    def run_child_validation(self, data: Any) -> Any:
        """Return the checked values of one item; override it to give the child its instance first."""
        return self.child.run_validation(data)

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: return the checked values.

        Raises:
            ValidationError: a list with the errors of each item, `{}` for those without.
        """
        if hasattr(data, "getlist"):
            data = forms_of_items(data, "")
        if not isinstance(data, list):
            self._refuse("not_a_list", input_type=type(data).__name__)
        self._check_length(len(data))
        values: list[Any] = []
        errors: list[Any] = []
        with looked_up_together(self.child, data):
            for item in data:
                try:
                    values.append(self.run_child_validation(item))
                except SkipField:
                    continue
                except (APIValidationError, ValidationError) as error:
                    errors.append(details_of(error))
                else:
                    errors.append({})
        if any(errors):
            raise APIValidationError(errors)
        return values

    def _check_length(self, count: int) -> None:
        limit = MAX_ITEMS if self.max_length is None else self.max_length
        if not count and not self.allow_empty:
            self._refuse("empty")
        if count > limit:
            self._refuse("max_length", max_length=limit)
        if count < (self.min_length or 0):
            self._refuse("min_length", min_length=self.min_length)

    def _refuse(self, key: str, **params: Any) -> None:
        words = str(self.error_messages[key]).format(**params)
        raise APIValidationError({api_settings.NON_FIELD_ERRORS_KEY: [ErrorDetail(words, key)]})

    def _no_errors(self) -> Any:
        return []

    # -- saving -------------------------------------------------------------------------------------------------------

    @hook
    async def acreate(self, validated_data: Any) -> Any:
        """Hook: make instances, one by one by the child's `create`; override it to insert them at once."""
        return [await self.child.acreate(attrs) for attrs in validated_data]

    @hook
    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        """Hook: change instances; which item belongs to which only you know, so override it."""
        raise TypeError(
            f"{type(self).__name__} cannot update several instances: it does not know which item belongs to which. Write "
            "a ListSerializer with `def update(self, instance, validated_data)` and name it in Meta.list_serializer_class."
        )

    def _values_to_save(self, extra: Mapping[str, Any]) -> Any:
        return [{**attrs, **extra} for attrs in self.validated_data]

    # -- out ----------------------------------------------------------------------------------------------------------

    def _planned(self, *, exact: bool) -> Any:
        """The plan by which the rows of a queryset are read, and the queryset; None without one."""
        rows = self.instance
        if isinstance(rows, Manager):
            rows = rows.all()
        if not isinstance(rows, QuerySet) or type(self).to_representation is not ListSerializer.to_representation:
            return None
        late: LateChild | None = self.__dict__.get("_late_child")
        level = None if late is None or "child" in self.__dict__ else known_level(late.cls, rows.model)
        if level is None:
            level = level_of(self.child, rows.model)
        if level is None or (exact and not level.is_exact) or not level.fits(rows):
            return None
        return level, rows

    async def _aread(self, plan: tuple[Any, Any]) -> EncodedList:
        level, rows = plan
        return EncodedList(await level.aread(rows, self._context.get("request")))

    def _make_data(self) -> Any:
        plan = None if hasattr(self, "initial_data") else self._planned(exact=True)
        return super()._make_data() if plan is None else bridge.wait(self._aread(plan)).data()

    async def adata(self) -> Any:
        """Return `data`, loading what it needs."""
        plan = None if hasattr(self, "_data") or hasattr(self, "initial_data") else self._planned(exact=True)
        if plan is None:
            return await super().adata()
        self._data = (await self._aread(plan)).data()
        return self.data

    async def aoutput(self) -> Any:
        """Return what renderers write: rows of a queryset without instances in between, where nothing asks for them.

        Returns:
            A sequence of dicts with `encoded()`, which gives JSON as bytes.
        """
        # hot path: benchmarks/rest.py
        cls = type(self)
        is_ours = cls.data is ListSerializer.data and cls.adata is ListSerializer.adata
        is_read = not is_ours or hasattr(self, "_data") or hasattr(self, "initial_data")
        plan = None if is_read else self._planned(exact=False)
        return await self.adata() if plan is None else await self._aread(plan)

    def get_attribute(self, instance: Any) -> Any:
        """Return the items of an instance: of related rows those that the user of the request may see."""
        seen = visible_rows(self, instance)
        return super().get_attribute(instance) if seen is None else seen

    @hook
    def to_representation(self, data: Any, /) -> Any:
        """Hook: return what an answer holds of all items; a manager or queryset is read once."""
        # A queryset that was read already is not read again; a manager has nothing to remember.
        items = data.all() if hasattr(data, "all") and not isinstance(data, QuerySet) else data
        if isinstance(items, Model):
            raise TypeError(
                f"{type(self.child).__name__}(…, many=True) shows several instances, and was given one "
                f"{type(items).__name__}: leave many=True out, or give a list."
            )
        show = self.child.to_representation
        return [show(item) for item in items]

    @property
    def data(self) -> Any:
        """What an answer holds, as a list."""
        found = super().data  # see `Serializer.data`
        return ReturnList(found, serializer=self) if type(found) is list else found

    @property
    def errors(self) -> Any:
        """Errors by item, `{}` for those without; a dict when the list itself is wrong."""
        found = super().errors
        if isinstance(found, list) and len(found) == 1 and getattr(found[0], "code", None) == "null":
            found = {api_settings.NON_FIELD_ERRORS_KEY: [ErrorDetail(_("No data was sent."), code="null")]}
        return ReturnDict(found, serializer=self) if isinstance(found, dict) else ReturnList(found, serializer=self)


def forms_of_items(form: Any, name: str) -> list[Any]:
    """The fields `name[0].a`, `name[0].b`, `name[1].a` … of a form, as a form for each item, in the order of the numbers."""
    found: dict[int, dict[str, list[Any]]] = {}
    for key in form:
        match = ITEM.fullmatch(key, len(name)) if key.startswith(name) else None
        if match is not None:
            found.setdefault(int(match[1]), {})[match[2] or match[3]] = form.getlist(key)
    return [MultiValueDict(found[number]) for number in sorted(found)]


ITEM = re.compile(r"\[(\d{1,6})\](?:\[([^\[\]]+)\]|\.?([^.\[\]].*))", re.DOTALL)
"""The number of an item and the name of a field in it: `[0].title`, `[0]title`, `[0][title]`."""

BaseSerializer._list_class = ListSerializer
