"""`BaseFormSet`: several forms of one kind on a page: made, checked and shown together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from manoir import bridge
from manoir.bridge import TwoColours, atwin, hook, lazy_property, sync_hooks
from manoir.exceptions import NON_FIELD_ERRORS, SynchronousOnlyOperation, ValidationError
from manoir.forms._errors import ErrorList
from manoir.forms._fields import BooleanField, IntegerField
from manoir.forms._form import Data, Form, made_renderer
from manoir.forms._management import (
    INITIAL_FORM_COUNT,
    MAX_NUM_FORM_COUNT,
    MIN_NUM_FORM_COUNT,
    TOTAL_FORM_COUNT,
    ManagementForm,
)
from manoir.forms._media import Media
from manoir.forms._renderers import get_default_renderer
from manoir.forms._rendering import RenderableMixin
from manoir.forms._widgets import CheckboxInput, NumberInput, Widget
from manoir.http import MultiValueDict
from manoir.i18n import gettext_lazy as _
from manoir.i18n import ngettext_lazy
from manoir.templates import SafeString

ORDERING_FIELD_NAME = "ORDER"
DELETION_FIELD_NAME = "DELETE"

DEFAULT_MIN_NUM = 0
DEFAULT_MAX_NUM = 1000

CHECKING = frozenset({"clean", "full_clean", "is_valid", "validate_unique"})
"""Hooks that run while a formset is checked."""


class BaseFormSet(TwoColours, RenderableMixin):
    """What formsets do; `formset_factory` makes a class of a form.

    Args:
        data: what was sent; None makes an unbound formset.
        files: the files that were sent.
        auto_id: format of the widgets' ids.
        prefix: stands before each name in HTML; None takes `get_default_prefix()`.
        initial: first values of each form, in order.
        error_class: class of the lists of errors.
        form_kwargs: further arguments of each form.
        error_messages: messages by code: `missing_management_form`, `too_many_forms`, `too_few_forms`.

    Attributes:
        form: class of the forms.
        extra: empty forms after the filled ones.
        min_num: forms there are at least.
        max_num: forms that are shown at most.
        absolute_max: forms that are ever made of what was sent.
    """

    form: ClassVar[Any] = Form
    extra: int = 1
    can_order: bool = False
    can_delete: bool = False
    can_delete_extra: bool = True
    min_num: int = DEFAULT_MIN_NUM
    max_num: int = DEFAULT_MAX_NUM
    absolute_max: int = 2 * DEFAULT_MAX_NUM
    validate_min: bool = False
    validate_max: bool = False

    deletion_widget: Any = CheckboxInput
    ordering_widget: Any = NumberInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "missing_management_form": _(
            "The hidden counts of this page are missing or were changed (%(field_names)s). Load the page again."
        ),
        "too_many_forms": ngettext_lazy("Send at most %(num)d form.", "Send at most %(num)d forms.", "num"),
        "too_few_forms": ngettext_lazy("Send at least %(num)d form.", "Send at least %(num)d forms.", "num"),
    }

    template_name_div: str = "manoir/forms/formsets/div.html"
    template_name_p: str = "manoir/forms/formsets/p.html"
    template_name_table: str = "manoir/forms/formsets/table.html"
    template_name_ul: str = "manoir/forms/formsets/ul.html"

    def __init__(
        self,
        data: Data | None = None,
        files: Data | None = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        initial: Sequence[Mapping[str, Any]] | None = None,
        error_class: type[ErrorList] = ErrorList,
        form_kwargs: Mapping[str, Any] | None = None,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        self.is_bound = data is not None or files is not None
        self.prefix = prefix or self.get_default_prefix()
        self.auto_id = auto_id
        self.data: Data = MultiValueDict() if data is None else data
        self.files: Data = MultiValueDict() if files is None else files
        self.initial = initial
        self.error_class = error_class
        self.form_kwargs: dict[str, Any] = dict(form_kwargs or {})
        messages: dict[str, Any] = {}
        for cls in reversed(type(self).__mro__):
            messages.update(vars(cls).get("default_error_messages", {}))
        self.error_messages: dict[str, Any] = {**messages, **(error_messages or {})}
        self.renderer = made_renderer(self.renderer) or get_default_renderer()
        self._errors: list[Any] | None = None
        self._non_form_errors: ErrorList | None = None

    # -- counts -----------------------------------------------------------------------------------------------------

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return what stands before the names when no prefix is given."""
        return "form"

    @lazy_property
    def management_form(self) -> ManagementForm:
        """The hidden counts; for a formset that was sent they are checked, and 0 where they cannot be read."""
        if self.is_bound:
            form = ManagementForm(self.data, auto_id=self.auto_id, prefix=self.prefix, renderer=self.renderer)
            form.full_clean()
            return form
        counts = {
            TOTAL_FORM_COUNT: self.total_form_count(),
            INITIAL_FORM_COUNT: self.initial_form_count(),
            MIN_NUM_FORM_COUNT: self.min_num,
            MAX_NUM_FORM_COUNT: self.max_num,
        }
        return ManagementForm(auto_id=self.auto_id, prefix=self.prefix, initial=counts, renderer=self.renderer)

    def _sent_count(self, name: str) -> int:
        return int(self.management_form.cleaned_data.get(name) or 0)

    def total_form_count(self) -> int:
        """Return the number of forms: as sent, but never more than `absolute_max`."""
        if self.is_bound:
            return min(self._sent_count(TOTAL_FORM_COUNT), self.absolute_max)
        first = self.initial_form_count()
        return max(first, min(max(first, self.min_num) + self.extra, self.max_num))

    def initial_form_count(self) -> int:
        """Return the number of forms that have first values: as sent, but never more than there are forms."""
        if self.is_bound:
            return min(self._sent_count(INITIAL_FORM_COUNT), self._sent_count(TOTAL_FORM_COUNT), self.absolute_max)
        return len(self.initial) if self.initial else 0

    # -- forms ------------------------------------------------------------------------------------------------------

    @lazy_property
    def forms(self) -> list[Any]:
        """The forms, made at first use."""
        return [self._construct_form(i, **self.get_form_kwargs(i)) for i in range(self.total_form_count())]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Return further arguments of one form.

        Args:
            index: number of the form; None for the empty form.
        """
        return self.form_kwargs.copy()

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        options: dict[str, Any] = {
            "auto_id": self.auto_id,
            "prefix": self.add_prefix(i),
            "error_class": self.error_class,
            # An extra form may stay empty, so a browser must not insist on its fields.
            "use_required_attribute": False,
            "renderer": self.renderer,
        }
        if self.is_bound:
            options.update(data=self.data, files=self.files)
        if self.initial and "initial" not in kwargs and i < len(self.initial):
            options["initial"] = self.initial[i]
        if i >= self.initial_form_count() and i >= self.min_num:
            options["empty_permitted"] = True
        form = self.form(**{**options, **kwargs})
        self.add_fields(form, i)
        return form

    @property
    def initial_forms(self) -> list[Any]:
        """The forms that have first values."""
        return self.forms[: self.initial_form_count()]

    @property
    def extra_forms(self) -> list[Any]:
        """The forms after them."""
        return self.forms[self.initial_form_count() :]

    @property
    def empty_form(self) -> Any:
        """A form for scripts to copy, with `__prefix__` where its number will stand."""
        options = {
            **self._empty_form_options(),
            "auto_id": self.auto_id,
            "prefix": self.add_prefix("__prefix__"),
            "empty_permitted": True,
            "use_required_attribute": False,
            "renderer": self.renderer,
            **self.get_form_kwargs(None),
        }
        form = self.form(**options)
        self.add_fields(form, None)
        return form

    def _empty_form_options(self) -> dict[str, Any]:
        return {}

    def add_fields(self, form: Any, index: int | None) -> None:
        """Hook: add fields to a form; call `super()`, which adds those for order and deletion.

        Args:
            form: the form.
            index: its number; None for the empty form.
        """
        first = self.initial_form_count()
        is_first = index is not None and index < first
        if self.can_order:
            form.fields[ORDERING_FIELD_NAME] = IntegerField(
                label=_("Order"),
                initial=(index or 0) + 1 if is_first else None,
                required=False,
                widget=self.get_ordering_widget(),
            )
        if self.can_delete and (self.can_delete_extra or is_first):
            form.fields[DELETION_FIELD_NAME] = BooleanField(
                label=_("Delete"), required=False, widget=self.get_deletion_widget()
            )

    @classmethod
    def get_deletion_widget(cls) -> Widget | type[Widget]:
        """Return the widget of the field DELETE."""
        return cls.deletion_widget

    @classmethod
    def get_ordering_widget(cls) -> Widget | type[Widget]:
        """Return the widget of the field ORDER."""
        return cls.ordering_widget

    def add_prefix(self, index: int | str) -> str:
        """Return the prefix of one form."""
        return f"{self.prefix}-{index}"

    def __iter__(self) -> Iterator[Any]:
        return iter(self.forms)

    def __getitem__(self, index: Any) -> Any:
        return self.forms[index]

    def __len__(self) -> int:
        return len(self.forms)

    def __bool__(self) -> bool:
        return True  # the management form is always there

    def __repr__(self) -> str:
        known = self._errors is not None
        valid: object = self.is_bound and not self._non_form_errors and not any(self._errors or ())
        return f"<{type(self).__name__}: bound={self.is_bound} valid={valid if known else 'Unknown'}>"

    # -- checking ---------------------------------------------------------------------------------------------------

    @property
    def errors(self) -> list[Any]:
        """The errors of each form, in order; checks the formset when that was not done yet."""
        if self._errors is None:
            try:
                self.full_clean()
            except SynchronousOnlyOperation as error:
                raise SynchronousOnlyOperation(
                    f"{type(self).__name__} has to wait while it is checked, and this is a coroutine. "
                    f"Write `await formset.ais_valid()` first."
                ) from error
        assert self._errors is not None
        return self._errors

    def non_form_errors(self) -> ErrorList:
        """Return the errors of the formset as a whole."""
        if self._non_form_errors is None:
            _read = self.errors
        assert self._non_form_errors is not None
        return self._non_form_errors

    def total_error_count(self) -> int:
        """Return the number of errors of all forms and of the formset."""
        return len(self.non_form_errors()) + sum(len(errors) for errors in self.errors)

    @hook
    def is_valid(self) -> bool:
        """Return whether data was given and has no errors; forms to be deleted may have some."""
        if not self.is_bound:
            return False
        _read = self.errors
        sound = all(form.is_valid() for form in self.forms if not self._is_going(form))
        return sound and not self.non_form_errors()

    ais_valid = atwin(is_valid, waits=True)

    def _is_going(self, form: Any) -> bool:
        return self.can_delete and self._should_delete_form(form)

    @hook
    def full_clean(self) -> None:
        """Check all forms and the formset, filling `errors` and `non_form_errors()`."""
        if bridge.in_spawn() and sync_hooks(type(self)) & CHECKING:
            bridge.wait(bridge.run_sync(self._check))
        else:
            self._check()

    afull_clean = atwin(full_clean, waits=True)

    def _check(self) -> None:
        self._errors = []
        self._non_form_errors = self._error_list(())
        if not self.is_bound:
            return
        try:
            self._check_bound()
        except ValidationError as error:
            self._non_form_errors = self._error_list(error.error_list)
        except BaseException:
            self._errors = self._non_form_errors = None  # half a check must never pass for a whole one
            raise

    def _check_bound(self) -> None:
        assert self._errors is not None
        management = self.management_form
        if not management.is_valid():
            names = ", ".join(management.add_prefix(name) for name in management.errors if name != NON_FIELD_ERRORS)
            raise self._error("missing_management_form", field_names=names)
        empty = going = 0
        for number, form in enumerate(self.forms):
            # `errors` checks the form; an extra form that was not touched has none.
            self._errors.append(form.errors)
            untouched = not form.has_changed() and number >= self.initial_form_count()
            if self._is_going(form):
                going += 1
            elif untouched:
                empty += 1
        sent = self._sent_count(TOTAL_FORM_COUNT)
        if sent > self.absolute_max or (self.validate_max and len(self.forms) - going > self.max_num):
            raise self._error("too_many_forms", num=min(self.max_num, self.absolute_max))
        if self.validate_min and len(self.forms) - going - empty < self.min_num:
            raise self._error("too_few_forms", num=self.min_num)
        self.clean()

    def _error(self, code: str, **params: Any) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)

    def _error_list(self, errors: Sequence[Any]) -> ErrorList:
        return self.error_class(errors, error_class="nonform", renderer=self.renderer)

    @hook
    def clean(self) -> None:
        """Hook: check the formset as a whole; `def clean` or `async def aclean`.

        Raises:
            ValidationError: shown by `non_form_errors()`.
        """

    aclean = atwin(clean)

    def has_changed(self) -> bool:
        """Return whether any form differs from its first values."""
        return any(form.has_changed() for form in self.forms)

    # -- what was checked -------------------------------------------------------------------------------------------

    @property
    def cleaned_data(self) -> list[dict[str, Any]]:
        """The checked values of each form, in order.

        Raises:
            AttributeError: the formset is not valid.
        """
        self._need_valid("cleaned_data")
        return [form.cleaned_data for form in self.forms]

    def _should_delete_form(self, form: Any) -> bool:
        cleaned = getattr(form, "cleaned_data", None)
        return bool(cleaned and cleaned.get(DELETION_FIELD_NAME, False))

    @property
    def deleted_forms(self) -> list[Any]:
        """The forms that are to be deleted; an empty list for a formset that is not valid."""
        if not self.can_delete or not self.is_valid():
            return []
        first = self.initial_form_count()
        return [
            form
            for number, form in enumerate(self.forms)
            if (number < first or form.has_changed()) and self._should_delete_form(form)
        ]

    @property
    def ordered_forms(self) -> list[Any]:
        """The forms in the order that was sent; those without a number come last.

        Raises:
            AttributeError: the formset is not valid, or was made without `can_order`.
        """
        self._need_valid("ordered_forms")
        if not self.can_order:
            raise AttributeError(f"{type(self).__name__} has no order: make it with can_order=True.")
        first = self.initial_form_count()
        kept: list[tuple[bool, int, Any]] = []
        for number, form in enumerate(self.forms):
            if (number >= first and not form.has_changed()) or self._is_going(form):
                continue
            place = form.cleaned_data[ORDERING_FIELD_NAME]
            kept.append((place is None, place or 0, form))
        return [form for _last, _place, form in sorted(kept, key=lambda entry: entry[:2])]

    def _need_valid(self, name: str) -> None:
        if not self.is_valid():
            raise AttributeError(f"{type(self).__name__} has no {name} before is_valid() has returned True.")

    # -- HTML -------------------------------------------------------------------------------------------------------

    @property
    def template_name(self) -> str:
        """Template of `{{ formset }}`."""
        return (self.renderer or get_default_renderer()).formset_template_name

    def get_template_name(self) -> str:
        """Return the name of the template of `{{ formset }}`."""
        return self.template_name

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the template: `formset`."""
        return {"formset": self}

    def as_div(self) -> SafeString:
        """Return the forms with their fields in `<div>` elements."""
        return self.render(self.template_name_div)

    def as_p(self) -> SafeString:
        """Return the forms with their fields in `<p>` elements."""
        return self.render(self.template_name_p)

    def as_table(self) -> SafeString:
        """Return the forms as rows of a table."""
        return self.render(self.template_name_table)

    def as_ul(self) -> SafeString:
        """Return the forms as `<li>` elements."""
        return self.render(self.template_name_ul)

    @property
    def media(self) -> Media:
        """The files that the forms need."""
        return self.forms[0].media if self.forms else self.empty_form.media

    def is_multipart(self) -> bool:
        """Return whether the formset has to be sent as `multipart/form-data`."""
        return bool((self.forms[0] if self.forms else self.empty_form).is_multipart())
