"""Fields of uploaded files and images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from manoir import forms
from manoir.bridge import hook
from manoir.exceptions import APIValidationError, ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.rest._field import Field
from manoir.rest.settings import api_settings
from manoir.uploads import Policy, checked_policy


class FileField(Field):
    """An uploaded file; it comes with a multipart body.

    Args:
        max_length: longest name.
        allow_empty_file: a file without content is a value.
        use_url: write its URL; False writes its name; None asks UPLOADED_FILES_USE_URL.
        policy: what is let in, for example `Images(max="5MB")` of `manoir.uploads`; the value is what it keeps.
        **options: those of every field.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid": _("No file was sent. Send the body as multipart/form-data."),
        "no_name": _("The file has no name."),
        "empty": _("The file is empty."),
        "max_length": _("The name of the file has {length} characters; {max_length} are allowed."),
    }

    def __init__(
        self,
        *,
        max_length: int | None = None,
        allow_empty_file: bool = False,
        use_url: bool | None = None,
        policy: Policy | None = None,
        **options: Any,
    ) -> None:
        self.policy = checked_policy(policy)
        self.max_length, self.allow_empty_file, self._use_url = max_length, allow_empty_file, use_url
        super().__init__(**options)

    @property
    def use_url(self) -> bool:
        """Whether answers hold the URL."""
        return api_settings.UPLOADED_FILES_USE_URL if self._use_url is None else self._use_url

    @hook
    def to_internal_value(self, data: Any) -> Any:
        """Hook: the file."""
        name, size = getattr(data, "name", None), getattr(data, "size", None)
        if size is None or not hasattr(data, "read"):
            self.fail("invalid")
        if not name:
            self.fail("no_name")
        if not size and not self.allow_empty_file:
            self.fail("empty")
        if self.max_length is not None and len(str(name)) > self.max_length:
            self.fail("max_length", max_length=self.max_length, length=len(str(name)))
        return self._checked(data)

    def _checked(self, file: Any) -> Any:
        """The file after a look at its content."""
        return file if self.policy is None else self._asked(self.policy.admit, file)

    def _asked(self, check: Any, file: Any) -> Any:
        """What a check of the forms' or the uploads' gives, its complaints in the field's words where it has some."""
        try:
            return check(file)
        except ValidationError as error:
            raise APIValidationError([self._worded(one) for one in error.error_list]) from error

    @hook
    def to_representation(self, value: Any, /) -> Any:
        """Hook: the file's URL, absolute where the request is known, or its name; None without a file."""
        if not value:
            return None
        if not self.use_url:
            return value.name
        url = getattr(value, "url", None)
        request = self.context.get("request")
        return request.build_absolute_uri(url) if url and request is not None else url


class ImageField(FileField):
    """An uploaded picture: PNG, JPEG, GIF or WebP by its content, of at most FILE_UPLOAD_MAX_IMAGE_PIXELS; needs Pillow.

    Args:
        **options: those of FileField.
    """

    default_error_messages: ClassVar[Mapping[str, Any]] = {
        "invalid_image": _("The file is no picture, or a broken one. PNG, JPEG, GIF and WebP are taken."),
        "too_many_pixels": _("The picture has {width} times {height} pixels; {max} are taken in all."),
    }

    def _checked(self, file: Any) -> Any:
        picture = forms.ImageField(required=False)
        # A policy gives a name of its own; otherwise the client's is kept, and a.html must not be that of a picture.
        return super()._checked(self._asked(picture.clean if self.policy is None else picture.to_python, file))
