"""What classes of models serve: `Book.price` and `Book.author.name` as typed expressions, resolved by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.exceptions import FieldError, nearest
from manoir.models._expressions import Expr, G, W
from manoir.models._shape import Node

if TYPE_CHECKING:
    from manoir.models._scope import Scope


class ColumnExpr(Expr[G, W]):
    """What `Book.price` is on the class: the value of a column, typed, of one model.

    Args:
        model: the model in whose queries it may stand.
        path: name of the field, with `__` over relations.
    """

    def __init__(self, model: Any, path: str) -> None:
        self.model = model
        self.path = path

    def bind(self, scope: Scope) -> Node:
        """Resolve the path; see `Expr.bind`."""
        return scope.value(self._path_in(scope))

    def _path_in(self, scope: Scope | None) -> str:
        if scope is not None:
            check_model(self, scope)
        return self.path

    @property
    def default_alias(self) -> str:
        """The path itself."""
        return self.path

    def __repr__(self) -> str:
        return f"<{self.model.__name__}.{self.path.replace('__', '.')}>"


class RelationExpr(Expr[Any, Any]):
    """What `Book.author` or `Author.books` is on the class: a way to the fields of the related model.

    `Book.author.name` is a typed column over the relation; `Book.author == author` compares with an instance.
    """

    def __init__(self, model: Any, path: str, related_model: Any, relation: Any = None) -> None:
        self._model = model
        self._path = path
        self._related_model = related_model
        self._relation = relation

    @property
    def model(self) -> Any:
        """The model in whose queries it may stand."""
        return self._model

    @property
    def path(self) -> str:
        """Names of the relations, with `__` between."""
        return self._path

    def bind(self, scope: Scope) -> Node:
        """Resolve the path; see `Expr.bind`."""
        return scope.value(self._path_in(scope))

    def _path_in(self, scope: Scope | None) -> str:
        if scope is not None:
            check_model(self, scope)
        return self._path

    @property
    def default_alias(self) -> str:
        """The path itself."""
        return self._path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "through" and getattr(self._relation, "many_to_many", False):
            relation = self._relation  # the model between, documented as `Book.tags.through`
            return (relation.remote_field if hasattr(relation, "source_key") else relation).through
        return path_attribute(self._model, f"{self._path}__{name}", self._related_model, name)

    def __repr__(self) -> str:
        return f"<{self._model.__name__}.{self._path.replace('__', '.')}>"


def class_attribute(model: Any, name: str) -> Any:
    """What the metaclass serves for `Book.title`, `Book.author`, `Author.books`, `Book.pk` and annotations' names.

    Raises:
        AttributeError: the model has no such name for queries.
    """
    # hot path: benchmarks/orm_query.py
    known: dict[str, Any] | None = model.__dict__.get("_class_expressions")
    if known is not None and known[""] == model._meta.version and name in known:
        return known[name]
    expression = path_attribute(model, name, model, name)
    if known is None or known[""] != model._meta.version:
        known = {"": model._meta.version}
        type.__setattr__(model, "_class_expressions", known)
    known[name] = expression
    return expression


def path_attribute(model: Any, path: str, owner: Any, name: str) -> Any:
    """The expression for `name` of the model `owner`, which `path` reaches from `model`."""
    meta = owner._meta
    member = meta.names.get(name)
    if member is None:
        if name in getattr(meta, "annotations", ()):
            return ColumnExpr(model, path)
        known = [*meta.names, *getattr(meta, "annotations", ())]
        raise AttributeError(f"{owner.__name__} has no attribute or field {name!r}.{nearest(name, known)}")
    if member.is_relation and name in (member.name, getattr(member, "accessor_name", None)):
        return RelationExpr(model, path, member.related_model, member)
    return ColumnExpr(model, path)


def check_model(expression: ColumnExpr[Any, Any] | RelationExpr, scope: Scope) -> None:
    """Refuse `Author.name` in a query of books."""
    model: Any = expression.model
    if scope.model is model or issubclass(scope.model, model):
        return
    if scope.model._meta.concrete_model is model._meta.concrete_model:
        return
    raise FieldError(
        f"{expression!r} belongs to {model.__name__}, but this is a query of {scope.model.__name__} (in {scope.method}). "
        f"Start at {scope.model.__name__}, for example {scope.model.__name__}.<relation>.{expression.path}."
    )
