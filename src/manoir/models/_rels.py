"""The far side of a relation: what a foreign key or many-to-many field adds to the model that it points to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from manoir.models._on_delete import OnDelete

if TYPE_CHECKING:
    from manoir.models._fields import Field
    from manoir.models._model import Model
    from manoir.models._relations import RelatedField


class ForeignObjectRel:
    """A relation seen from the model pointed to; listed by `_meta.related_objects` and `_meta.get_fields()`.

    Attributes:
        field: the field that declares the relation.
        model: the model pointed to, once it is known.
        on_delete: what happens to the declaring rows; None for many-to-many.
        related_name: the option of that name.
        related_query_name: the option of that name.
        limit_choices_to: the option of that name.
        parent_link: the field links a child to its parent's row.
    """

    auto_created: ClassVar[bool] = True
    concrete: ClassVar[bool] = False
    editable: ClassVar[bool] = False
    is_relation: ClassVar[bool] = True
    null: ClassVar[bool] = True
    empty_strings_allowed: ClassVar[bool] = False
    primary_key: ClassVar[bool] = False
    column: ClassVar[None] = None
    column_type: ClassVar[None] = None
    many_to_one: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False
    one_to_many: ClassVar[bool] = False
    many_to_many: ClassVar[bool] = False
    multiple: ClassVar[bool] = True

    model: type[Model]

    def __init__(
        self,
        field: RelatedField,
        *,
        on_delete: OnDelete | None = None,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
    ) -> None:
        self.field = field
        self.on_delete = on_delete
        self.related_name = related_name
        self.related_query_name = related_query_name
        self.limit_choices_to = limit_choices_to or {}
        self.parent_link = parent_link

    @property
    def remote_field(self) -> Any:
        """The declaring field: each side is the other's remote field."""
        return self.field

    @property
    def related_model(self) -> type[Model]:
        """The model that declares the field."""
        return self.field.model

    @property
    def to(self) -> type[Model]:
        """The model pointed to."""
        return self.model

    @property
    def hidden(self) -> bool:
        """Whether the relation has no name on this side (`related_name="+"`)."""
        return self.related_name is not None and self.related_name.endswith("+")

    @property
    def name(self) -> str:
        """Name of the relation in queries."""
        return self.related_query_name or self.related_name or self.field.model._meta.model_name

    @property
    def accessor_name(self) -> str | None:
        """Name of the attribute on instances of the model pointed to; None when there is none."""
        if self.hidden or self._is_own_mirror():
            return None
        if self.related_name:
            return self.related_name
        model_name = self.field.model._meta.model_name
        return f"{model_name}_set" if self.multiple else model_name

    def get_accessor_name(self, model: type[Model] | None = None) -> str | None:
        """`accessor_name`, as a method."""
        return self.accessor_name

    def _is_own_mirror(self) -> bool:
        return False

    @property
    def target_field(self) -> Field[Any, Any]:
        """The field of the model pointed to whose value the declaring row holds."""
        return self.field.target_field

    @property
    def verbose_name(self) -> Any:
        """Name of the declaring model, for people."""
        return self.field.model._meta.verbose_name

    def get_internal_type(self) -> str:
        """Name of the declaring field's kind."""
        return self.field.get_internal_type()

    def is_hidden(self) -> bool:
        """`hidden`, as a method."""
        return self.hidden

    def __repr__(self) -> str:
        model = getattr(self, "model", None)
        return f"<{type(self).__name__}: {model._meta.label if model else 'unresolved'} from {self.field}>"


class ManyToOneRel(ForeignObjectRel):
    """What a ForeignKey adds to its target: many declaring rows for one."""

    one_to_many: ClassVar[bool] = True

    def __init__(self, field: RelatedField, *, field_name: str | None = None, **options: Any) -> None:
        super().__init__(field, **options)
        self.field_name = field_name

    def get_related_field(self) -> Field[Any, Any]:
        """The field pointed to."""
        return self.field.target_field


class OneToOneRel(ManyToOneRel):
    """What a OneToOneField adds to its target: one declaring row, or none."""

    one_to_many: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = True
    multiple: ClassVar[bool] = False


class ManyToManyRel(ForeignObjectRel):
    """What a ManyToManyField adds to its target.

    Attributes:
        through: the model of the table between, once it is known.
        through_fields: the option of that name.
        symmetrical: a relation to the model itself that holds both ways.
        db_constraint: whether the made table has foreign key constraints.
    """

    many_to_many: ClassVar[bool] = True
    through: Any

    def __init__(
        self,
        field: RelatedField,
        *,
        through: Any = None,
        through_fields: tuple[str, ...] | None = None,
        symmetrical: bool = False,
        db_constraint: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(field, **options)
        self.through = through
        self.through_fields = through_fields
        self.symmetrical = symmetrical
        self.db_constraint = db_constraint

    def _is_own_mirror(self) -> bool:
        return self.symmetrical
