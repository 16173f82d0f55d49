"""Names in a model's body that stand elsewhere: what relations of other models, foreign keys and `annotate()` make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, overload

from typing_extensions import TypeVar

from manoir.checks import CheckMessage
from manoir.models._relations import ForeignKey

if TYPE_CHECKING:
    from manoir.models._expressions import Expr
    from manoir.models._model import Model
    from manoir.models._related_managers import RelatedManager

T = TypeVar("T", bound="Model")
V = TypeVar("V")
Key = TypeVar("Key", default=int)


class Declaration:
    """A name in a model's body that only tells type checkers (and checks) about what stands elsewhere."""

    name: str = ""
    in_queries: ClassVar[bool] = False
    """Whether the class side serves the name as an expression."""

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        """Be remembered by the model; nothing stays in the class."""
        self.name = name
        cls._meta.declarations[name] = self

    def check(self, model: type[Model]) -> list[CheckMessage]:
        """What is wrong about the declaration."""
        return []


class ForeignKeyId(Declaration, Generic[Key]):
    """Tells type checkers the attribute that a foreign key makes for its column.

    Args:
        key: the foreign key, declared above; the attribute must be named after it, with `_id`.

    Example:
        >>> class Book(Model):  # doctest: +SKIP
        ...     author = ForeignKey(Author, CASCADE)
        ...     author_id = ForeignKeyId(author)
    """

    @overload
    def __init__(self: ForeignKeyId[int], key: ForeignKey[T]) -> None: ...
    @overload
    def __init__(self: ForeignKeyId[int | None], key: ForeignKey[T | None]) -> None: ...
    @overload
    def __init__(self, key: ForeignKey[Any]) -> None: ...
    def __init__(self, key: Any) -> None:
        self.key = key

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[Model]) -> Expr[Key, Key]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> Key: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...
        def __set__(self, instance: Model, value: Key) -> None: ...

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        super().contribute_to_class(cls, name)
        if isinstance(self.key, ForeignKey) and name != f"{self.key.name or name[:-3]}_id":
            raise TypeError(
                f"{cls.__name__}.{name} declares the column of {self.key.name!r}; name it '{self.key.name}_id'."
            )


class Reverse(Declaration, Generic[T]):
    """Tells type checkers about the attribute that a foreign key or many-to-many field of another model makes here.

    Args:
        to: a function that answers the other model; not needed with an annotation.

    Example:
        >>> class Author(Model):  # doctest: +SKIP
        ...     books: Reverse[Book] = Reverse()
    """

    def __init__(self, to: Callable[[], type[T]] | str | None = None) -> None:
        self.to = to

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[Model]) -> type[T]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> RelatedManager[T]: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...


class ReverseOne(Declaration, Generic[T]):
    """The same for a one-to-one field of another model: reading it gives that model's instance.

    Args:
        to: a function that answers the other model; not needed with an annotation.
    """

    def __init__(self, to: Callable[[], type[T]] | str | None = None) -> None:
        self.to = to

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[Model]) -> type[T]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> T: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...
        def __set__(self, instance: Model, value: T) -> None: ...


class Annotation(Declaration, Generic[V]):
    """Tells type checkers about a value that only `annotate()` fills.

    Example:
        >>> class Author(Model):  # doctest: +SKIP
        ...     book_count = Annotation[int]()
    """

    in_queries: ClassVar[bool] = True

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[Model]) -> Expr[V, V]: ...
        @overload
        def __get__(self, instance: Model, owner: type[Model]) -> V: ...
        def __get__(self, instance: Model | None, owner: type[Model]) -> Any: ...
