"""Models: tables as classes, rows as instances, queries as chains of methods.

The room's map. *Declaration*: `_fields/` (columns), `_relations`, `_many_to_many`, `_generated`, `_declarations`,
`_rels` (far sides), `_on_delete`, `_resolving`, `_choices`, `_indexes`, `_constraints`, `_identifiers`; `_meta` (the
metaclass) makes `_options` (`Model._meta`) of a class body, `_descriptors` and `_deferred` are what it puts into the
class, `_neighbours` adds `get_next_by_…`; `_model` has the methods of instances, `_initial`, `_validation` and
`_holding` their bodies, `_checks` and `_relation_checks` the system checks, `signals` the signals. *Queries*:
`_expressions`, `_class_columns`, `_slicing`, `_conditions`, `_names`, `_scope`, `_lookups/`, `functions/`, `_windows`, `_filtered`, `_query`,
`_shape`, `_compiler/`, `_raw`. *Writing and relations*: `_saving`, `_writes`, `_linked`, `_bulk`, `_deletion`, `_manager`,
`_related_managers`, `_peers`.
"""

from __future__ import annotations

from manoir.exceptions import (
    FieldDoesNotExist,
    FieldError,
    FieldFetchBlocked,
    MultipleObjectsReturned,
    NotUpdated,
    ObjectDoesNotExist,
    ProtectedError,
    RestrictedError,
)
from manoir.models import functions, signals
from manoir.models._aggregates import Aggregate, AnyValue, Avg, Count, Max, Min, StdDev, StringAgg, Sum, Variance
from manoir.models._choices import Choices, IntegerChoices, TextChoices
from manoir.models._choosing import Case, When
from manoir.models._class_columns import ColumnExpr
from manoir.models._conditions import Q
from manoir.models._constraints import BaseConstraint, CheckConstraint, Deferrable, UniqueConstraint
from manoir.models._declarations import Annotation, ForeignKeyId, Reverse, ReverseOne
from manoir.models._expressions import (
    CombinedExpression,
    Comparison,
    Expr,
    ExpressionWrapper,
    F,
    OrderBy,
    Ordering,
    Value,
)
from manoir.models._fetch_modes import FETCH_ONE, FETCH_PEERS, FETCH_RAISE, FetchMode
from manoir.models._fields import (
    NOT_PROVIDED,
    AutoField,
    BigAutoField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DatabaseDefault,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FieldFile,
    FieldOptions,
    FileField,
    FilePathField,
    FloatField,
    GenericIPAddressField,
    ImageField,
    ImageFieldFile,
    IntegerField,
    JSONField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SlugField,
    SmallAutoField,
    SmallIntegerField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
    register_formfield_builder,
)
from manoir.models._filtered import FilteredRelation
from manoir.models._generated import GeneratedField
from manoir.models._identifiers import Identifier
from manoir.models._indexes import Index
from manoir.models._lookups import Lookup
from manoir.models._manager import Manager
from manoir.models._many_to_many import ManyToManyField
from manoir.models._meta import ModelBase
from manoir.models._model import Model, TypedModel
from manoir.models._on_delete import (
    CASCADE,
    DB_CASCADE,
    DB_SET_DEFAULT,
    DB_SET_NULL,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET,
    SET_DEFAULT,
    SET_NULL,
    OnDelete,
)
from manoir.models._options import Options
from manoir.models._prefetch import Prefetch, aprefetch_related_objects, prefetch_related_objects
from manoir.models._queryset import QuerySet
from manoir.models._raw import RawQuerySet
from manoir.models._related_managers import ManyRelatedManager, RelatedManager
from manoir.models._relations import ForeignKey, OneToOneField
from manoir.models._rels import ForeignObjectRel, ManyToManyRel, ManyToOneRel, OneToOneRel
from manoir.models._slicing import Sliced
from manoir.models._state import DEFERRED, ModelState
from manoir.models._subqueries import Exists, OuterRef, Subquery
from manoir.models._windows import RowRange, ValueRange, Window, WindowFrame, WindowFrameExclusion
from manoir.models.functions._func import Func, Transform
from manoir.models.functions._json import JSONNull

__all__ = [
    "CASCADE",
    "DB_CASCADE",
    "DB_SET_DEFAULT",
    "DB_SET_NULL",
    "DEFERRED",
    "DO_NOTHING",
    "FETCH_ONE",
    "FETCH_PEERS",
    "FETCH_RAISE",
    "NOT_PROVIDED",
    "PROTECT",
    "RESTRICT",
    "SET",
    "SET_DEFAULT",
    "SET_NULL",
    "Aggregate",
    "Annotation",
    "AnyValue",
    "AutoField",
    "Avg",
    "BaseConstraint",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "Case",
    "CharField",
    "CheckConstraint",
    "Choices",
    "ColumnExpr",
    "CombinedExpression",
    "Comparison",
    "Count",
    "DatabaseDefault",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "Deferrable",
    "DurationField",
    "EmailField",
    "Exists",
    "Expr",
    "ExpressionWrapper",
    "F",
    "FetchMode",
    "Field",
    "FieldDoesNotExist",
    "FieldError",
    "FieldFetchBlocked",
    "FieldFile",
    "FieldOptions",
    "FileField",
    "FilePathField",
    "FilteredRelation",
    "FloatField",
    "ForeignKey",
    "ForeignKeyId",
    "ForeignObjectRel",
    "Func",
    "GeneratedField",
    "GenericIPAddressField",
    "Identifier",
    "ImageField",
    "ImageFieldFile",
    "Index",
    "IntegerChoices",
    "IntegerField",
    "JSONField",
    "JSONNull",
    "Lookup",
    "Manager",
    "ManyRelatedManager",
    "ManyToManyField",
    "ManyToManyRel",
    "ManyToOneRel",
    "Max",
    "Min",
    "Model",
    "ModelBase",
    "ModelState",
    "MultipleObjectsReturned",
    "NotUpdated",
    "ObjectDoesNotExist",
    "OnDelete",
    "OneToOneField",
    "OneToOneRel",
    "Options",
    "OrderBy",
    "Ordering",
    "OuterRef",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "Prefetch",
    "ProtectedError",
    "Q",
    "QuerySet",
    "RawQuerySet",
    "RelatedManager",
    "RestrictedError",
    "Reverse",
    "ReverseOne",
    "RowRange",
    "Sliced",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "StdDev",
    "StringAgg",
    "Subquery",
    "Sum",
    "TextChoices",
    "TextField",
    "TimeField",
    "Transform",
    "TypedModel",
    "URLField",
    "UUIDField",
    "UniqueConstraint",
    "Value",
    "ValueRange",
    "Variance",
    "When",
    "Window",
    "WindowFrame",
    "WindowFrameExclusion",
    "aprefetch_related_objects",
    "functions",
    "prefetch_related_objects",
    "register_formfield_builder",
    "signals",
]
