"""Errors of forms: by field (`ErrorDict`) and of one field (`ErrorList`), as data, JSON, text and HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from manoir.exceptions import NON_FIELD_ERRORS, ValidationError
from manoir.forms._renderers import BaseRenderer
from manoir.forms._rendering import RenderableMixin
from manoir.templates import SafeString, escape

__all__ = ["NON_FIELD_ERRORS", "ErrorDict", "ErrorList"]


class RenderableErrors(RenderableMixin):
    """The documented forms of both."""

    template_name: str
    template_name_text: str
    template_name_ul: str

    def get_template_name(self) -> str:
        """Return the name of the default template."""
        return self.template_name

    def as_ul(self) -> SafeString:
        """The errors as an HTML list."""
        return self.render(self.template_name_ul)

    def as_text(self) -> str:
        """The errors as plain text with asterisks."""
        return str(self.render(self.template_name_text).unescape())

    def get_json_data(self, escape_html: bool = False) -> Any:
        """The errors as plain data; see the subclasses."""
        raise TypeError(f"{type(self).__name__} must define get_json_data().")

    def as_json(self, escape_html: bool = False) -> str:
        """The errors as JSON.

        Args:
            escape_html: escape the messages, for scripts that put them into a page as HTML.
        """
        return json.dumps(self.get_json_data(escape_html))


class ErrorDict(dict[str, "ErrorList"], RenderableErrors):
    """Errors by name of field; what concerns the whole form stands under `NON_FIELD_ERRORS`.

    Args:
        *args: as for a dict.
        renderer: where templates are found; None takes FORM_RENDERER.
        **kwargs: as for a dict.

    Example:
        >>> errors = ErrorDict(age=ErrorList([ValidationError("Too young.", code="young")]))
        >>> errors.get_json_data()
        {'age': [{'message': 'Too young.', 'code': 'young'}]}
    """

    template_name = "manoir/forms/errors/dict/default.html"
    template_name_text = "manoir/forms/errors/dict/text.txt"
    template_name_ul = "manoir/forms/errors/dict/ul.html"

    def __init__(self, *args: Any, renderer: BaseRenderer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.renderer = renderer

    def as_data(self) -> dict[str, list[ValidationError]]:
        """The original errors by field."""
        return {field: errors.as_data() for field, errors in self.items()}

    def get_json_data(self, escape_html: bool = False) -> dict[str, list[dict[str, str]]]:
        """Message and code of each error by field.

        Args:
            escape_html: escape the messages.
        """
        return {field: errors.get_json_data(escape_html) for field, errors in self.items()}

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the template."""
        return {"errors": list(self.items()), "error_class": "errorlist"}

    __str__ = RenderableErrors.__str__


class ErrorList(list[Any], RenderableErrors):
    """Errors of one field, in order. Reading an element gives its message as text.

    Args:
        initlist: errors: ValidationErrors or messages.
        error_class: a further CSS class; None means only `errorlist`.
        renderer: where templates are found; None takes FORM_RENDERER.
        field_id: id of the field's widget; the list's id is made of it, so that `aria-describedby` can name it.

    Example:
        >>> errors = ErrorList([ValidationError("Too young.", code="young")])
        >>> errors.as_text()
        '* Too young.'
        >>> "Too young." in errors
        True
    """

    template_name = "manoir/forms/errors/list/default.html"
    template_name_text = "manoir/forms/errors/list/text.txt"
    template_name_ul = "manoir/forms/errors/list/ul.html"

    def __init__(
        self,
        initlist: Iterable[Any] | None = None,
        error_class: str | None = None,
        renderer: BaseRenderer | None = None,
        field_id: str | None = None,
    ) -> None:
        super().__init__(initlist or ())
        self.error_class = f"errorlist {error_class}" if error_class else "errorlist"
        self.renderer = renderer
        self.field_id = field_id

    @property
    def data(self) -> list[Any]:
        """The elements as they were given."""
        return list(list.__iter__(self))

    def as_data(self) -> list[ValidationError]:
        """The original errors."""
        return ValidationError(self.data).error_list

    def get_json_data(self, escape_html: bool = False) -> list[dict[str, str]]:
        """Message and code of each error.

        Args:
            escape_html: escape the messages.
        """
        return [
            {"message": str(escape(error.text)) if escape_html else error.text, "code": error.code or ""}
            for error in self.as_data()
        ]

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the template."""
        return {"errors": self, "error_class": self.error_class}

    def copy(self) -> ErrorList:
        """Return a list of the same errors, shown alike."""
        twin = type(self)(self.data, renderer=self.renderer, field_id=self.field_id)
        twin.error_class = self.error_class
        return twin

    def __iter__(self) -> Any:
        return (message_of(error) for error in list.__iter__(self))

    def __getitem__(self, index: Any) -> Any:
        found: Any = super().__getitem__(index)
        return (
            [message_of(error) for error in cast("Sequence[Any]", found)]
            if isinstance(index, slice)
            else message_of(found)
        )

    def __contains__(self, item: object) -> bool:
        return message_of(item) in list(self)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(cast("Iterable[Any]", other)) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return repr(list(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.data,), {name: value for name, value in vars(self).items() if name != "renderer"}

    __str__ = RenderableErrors.__str__


def message_of(error: Any) -> str:
    """Text of one error."""
    if isinstance(error, ValidationError):
        return next(iter(error.messages), "")
    return str(error)
