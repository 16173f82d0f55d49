"""SuccessMessageMixin: a message when a form was saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from manoir.messages._api import success


class SuccessMessageMixin:
    """Tells of success after the form of a view was valid.

    Attributes:
        success_message: the text, with `%(field)s` for cleaned values; empty for none.

    Example:
        >>> class BookCreate(SuccessMessageMixin, CreateView):  # doctest: +SKIP
        ...     success_message = "%(title)s was added."
    """

    success_message: str = ""
    request: Any

    async def aform_valid(self, form: Any) -> Any:
        """Answer as the view does, and add the message."""
        response = await cast(Any, super()).aform_valid(form)
        text = self.get_success_message(form.cleaned_data)
        if text:
            success(self.request, text)
        return response

    def get_success_message(self, cleaned_data: Mapping[str, Any]) -> str:
        """Return the text with the values of the form."""
        return str(self.success_message) % cleaned_data
