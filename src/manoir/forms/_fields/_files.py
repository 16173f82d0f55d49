"""Fields for files that were sent with a form."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, ValidationError
from manoir.forms._fields._base import Field, Validator
from manoir.forms._widgets import FILE_INPUT_CONTRADICTION, ClearableFileInput, FileInput, Widget
from manoir.i18n import gettext_lazy as _
from manoir.i18n import ngettext_lazy
from manoir.uploads import PICTURE_FORMATS, Policy, checked_policy, opened_picture, picture_header, pillow_image
from manoir.validators import validate_image_file_extension

if TYPE_CHECKING:
    from manoir.forms._bound import BoundField


class FileField(Field):
    """A file. Bind the form to `request.FILES` too, and send it as `multipart/form-data`.

    Args:
        max_length: longest name of the file, in characters; None does not look.
        allow_empty_file: accept a file without content.
        policy: what is let in, for example `Images(max="5MB")`; the cleaned file is what the policy keeps. None lets
            everything in.
        **options: the arguments of every field.

    Example:
        >>> from manoir.http import SimpleUploadedFile
        >>> FileField(max_length=20).clean(SimpleUploadedFile("notes.txt", b"hello")).name
        'notes.txt'
    """

    widget = ClearableFileInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("No file arrived. Is the form sent as multipart/form-data?"),
        "missing": _("No file arrived."),
        "empty": _("The file that arrived is empty."),
        "max_length": ngettext_lazy(
            "Ensure the name of this file has at most %(max)d character (it has %(length)d).",
            "Ensure the name of this file has at most %(max)d characters (it has %(length)d).",
            "max",
        ),
        "contradiction": _("Either send a file or tick the box to clear it, not both."),
        "too_many": _("Send one file, not %(count)d."),
    }

    def __init__(
        self,
        *,
        max_length: int | None = None,
        allow_empty_file: bool = False,
        policy: Policy | None = None,
        **options: Any,
    ) -> None:
        self.max_length = max_length
        self.allow_empty_file = allow_empty_file
        self.policy = checked_policy(policy)
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        """Return the file, after a look at its name and size; None for no file.

        Raises:
            ValidationError: with the code `invalid`, `too_many`, `max_length` or `empty`.
        """
        if value in self.empty_values:
            return None
        if isinstance(value, (list, tuple)):
            raise self.error("too_many", count=len(value))  # pyright: ignore[reportUnknownArgumentType]
        name, size = getattr(value, "name", None), getattr(value, "size", None)
        if size is None or not name:
            raise self.error("invalid")
        if self.max_length is not None and len(name) > self.max_length:
            raise self.error("max_length", max=self.max_length, length=len(name))
        if not self.allow_empty_file and not size:
            raise self.error("empty")
        return value

    def clean(self, value: Any, initial: Any = None) -> Any:
        """Return the checked file.

        Args:
            value: the file that was sent; None for none; False for the wish to remove the one that is there.
            initial: the file that is there.

        Returns:
            The new file; `initial` when nothing was sent; False to remove the one that is there.

        Raises:
            ValidationError: all that is wrong with the file.
        """
        if value is FILE_INPUT_CONTRADICTION:
            raise self.error("contradiction")
        if value is False:
            if not self.required:
                return False
            value = None  # what is required is never cleared
        if not value and initial:
            return initial
        file = super().clean(value)
        if self.policy is None or not file:
            return file
        try:
            # Decoding and scanning wait, so never on the loop.
            return self.policy.admit(file)
        except ValidationError as error:
            if hasattr(error, "message") and error.error_code in self.error_messages:
                error.message = self.error_messages[error.error_code]
            raise

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the file that is there, unless another one was sent."""
        return initial if data is None or data is FILE_INPUT_CONTRADICTION else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether a file was sent, or the one that is there is to be removed."""
        return not self.disabled and data is not None and data != []

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `accept`, so that browsers offer what the policy lets in."""
        attrs = super().widget_attrs(widget)
        if self.policy is not None and isinstance(widget, FileInput) and "accept" not in widget.attrs:
            names = self.policy.accepted_names
            if names:
                attrs["accept"] = ",".join(names)
        return attrs

    def _clean_bound_field(self, bound: BoundField) -> Any:
        # What is stored was checked when it came; looking again would read it from wherever it lies.
        return bound.initial if self.disabled else self.clean(bound.data, bound.initial)


class ImageField(FileField):
    """A picture: a file whose content is one, by Pillow's word.

    PNG, JPEG, GIF and WebP are read, and no more than FILE_UPLOAD_MAX_IMAGE_PIXELS pixels, which is asked of the
    header before Pillow sees the file. The cleaned file has `image`, Pillow's object after its check (it tells format
    and size), and `content_type` as the content says it.

    Args:
        **options: those of FileField.

    Raises:
        ImproperlyConfigured: Pillow is not installed.
    """

    default_validators: Sequence[Validator] = (validate_image_file_extension,)
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_image": _("Send a picture (PNG, JPEG, GIF or WebP). This file is none, or is damaged."),
        "too_many_pixels": _("This picture has %(width)d times %(height)d pixels; at most %(max)d in all are taken."),
    }

    def to_python(self, value: Any) -> Any:
        """Return the file, after a look at its content.

        Raises:
            ValidationError: also with the code `invalid_image` or `too_many_pixels`.
        """
        file = super().to_python(value)
        if file is None:
            return None
        pillow = pillow_image()
        # Reading may block on a disk, so it never happens on the loop.
        file.image = bridge.wait(bridge.to_thread(self._look, file))
        file.content_type = pillow.MIME.get(file.image.format)
        return file

    def _look(self, file: Any) -> Any:
        stream: Any = file if hasattr(file, "seek") else BytesIO(file.read())
        header = picture_header(stream)
        if header is None:
            raise self.error("invalid_image")
        most = settings.FILE_UPLOAD_MAX_IMAGE_PIXELS
        if most is not None and header.pixels > most:
            raise self.error("too_many_pixels", width=header.width, height=header.height, max=most)
        try:
            return opened_picture(getattr(stream, "file", None) or stream, PICTURE_FORMATS)
        except (ImproperlyConfigured, ValidationError):
            raise
        except Exception as error:  # Pillow's decoders raise whatever their bytes lead them to
            raise self.error("invalid_image") from error
        finally:
            stream.seek(0)

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return `accept`, so that browsers offer pictures."""
        attrs = super().widget_attrs(widget)
        if isinstance(widget, FileInput) and "accept" not in widget.attrs:
            attrs.setdefault("accept", "image/*")
        return attrs
