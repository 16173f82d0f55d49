"""A value that is not acceptable: single errors, lists of them, and lists by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from manoir.exceptions._root import ManoirError

NON_FIELD_ERRORS = "__all__"
"""The key under which errors stand that belong to no single field."""

ValidationMessage: TypeAlias = "str | ValidationError | Sequence[ValidationMessage] | Mapping[str, ValidationMessage]"


class ValidationError(ManoirError):
    """A value is not acceptable.

    Args:
        message: one message; or a list of messages and errors; or a mapping of field names to such lists. A message
            may be a lazy string and may hold `%(name)s` placeholders that `params` fill.
        code: stable name of the mistake, such as `"required"`; for a single message.
        params: values of the placeholders; for a single message.

    Attributes:
        error_list: every single error below this one, in order.
        error_dict: the same by field; only there when the error was built from a mapping.

    Example:
        >>> ValidationError("%(value)s is odd", code="odd", params={"value": 3}).messages
        ['3 is odd']
    """

    message: Any
    error_dict: dict[str, list[ValidationError]]
    error_list: list[ValidationError]

    def __init__(self, message: Any, code: str | None = None, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code, params)
        if isinstance(message, ValidationError):
            if hasattr(message, "error_dict"):
                message = message.error_dict
            elif hasattr(message, "message"):
                message, code, params = message.message, message.error_code, message.params
            else:
                message = message.error_list
        self.error_code: str | None = code
        self.params: Mapping[str, Any] | None = params
        if isinstance(message, Mapping):
            self.error_dict = {
                str(field): as_validation_error(messages).error_list for field, messages in message.items()
            }
        elif isinstance(message, (list, tuple)):
            self.error_list = [error for part in message for error in flatten_validation_error(part)]
        else:
            self.message = message
            self.error_list = [self]

    def __getattribute__(self, name: str) -> Any:
        # Django documents `code` on instances; the class attribute of ManoirError names the kind of exception.
        return super().__getattribute__("error_code" if name == "code" else name)

    @property
    def message_dict(self) -> dict[str, list[str]]:
        """Messages by field; AttributeError when this error was not built from a mapping."""
        return {field: ValidationError(errors).messages for field, errors in self.error_dict.items()}

    @property
    def messages(self) -> list[str]:
        """All messages, placeholders filled."""
        if hasattr(self, "error_dict"):
            return [text for errors in self.error_dict.values() for text in ValidationError(errors).messages]
        return [error.text for error in self.error_list]

    @property
    def text(self) -> str:
        """The message of a single error, placeholders filled."""
        # `%` before `str`: a lazy plural chooses its form by the parameters.
        return str(self.message % self.params) if self.params else str(self.message)

    def update_error_dict(self, error_dict: dict[str, list[ValidationError]]) -> dict[str, list[ValidationError]]:
        """Add this error's errors to `error_dict`, by field, and return it."""
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                error_dict.setdefault(field, []).extend(errors)
        else:
            error_dict.setdefault(NON_FIELD_ERRORS, []).extend(self.error_list)
        return error_dict

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self, "error_dict"):
            yield from self.message_dict.items()
        else:
            yield from self.messages

    def __str__(self) -> str:
        return repr(dict(self)) if hasattr(self, "error_dict") else repr(list(self))

    def __repr__(self) -> str:
        return f"ValidationError({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValidationError) and hash(self) == hash(other)

    def __hash__(self) -> int:
        if hasattr(self, "error_dict"):
            return hash(tuple(sorted((field, tuple(errors)) for field, errors in self.message_dict.items())))
        if hasattr(self, "message"):
            params = tuple(sorted((key, repr(value)) for key, value in (self.params or {}).items()))
            return hash((str(self.message), self.error_code, params))
        return hash(tuple(sorted(hash(error) for error in self.error_list)))


def as_validation_error(message: Any) -> ValidationError:
    """Return `message` itself when it is a ValidationError, otherwise one that holds it."""
    return message if isinstance(message, ValidationError) else ValidationError(message)


def flatten_validation_error(message: Any) -> list[ValidationError]:
    """Return the single errors of one member of a list of messages."""
    error = as_validation_error(message)
    if hasattr(error, "error_dict"):
        return [single for errors in error.error_dict.values() for single in errors]
    return error.error_list
