"""Forms that make and change users, whatever AUTH_USER_MODEL is."""

from __future__ import annotations

from typing import Any

from manoir import forms
from manoir.auth._names import mixes_scripts
from manoir.auth._password_validation import password_validators_help_text_html
from manoir.auth.forms._fields import ReadOnlyPasswordHashField, UsablePasswordField, UsernameField, password_field
from manoir.auth.forms._lookalikes import ais_taken
from manoir.auth.forms._passwords import MISMATCH, check_new_password, insist_on_password
from manoir.auth.models import get_user_model
from manoir.bridge import hook, twin
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _

UserModel = get_user_model()
NAME = UserModel.USERNAME_FIELD


def classes_of_fields() -> dict[str, Any]:
    """Return the class of the name's form field: a normalised name, unless it is an address or something else."""
    plain = type(UserModel._meta.get_field(NAME).formfield()) is forms.CharField
    return {NAME: UsernameField} if plain else {}


class BaseUserCreationForm(forms.ModelForm[Any]):
    """Makes a user with a name and a password; the base of forms of your own.

    Subclass it with a `Meta` that names further fields, or another user model:

    Example:
        >>> class SignUpForm(BaseUserCreationForm):  # doctest: +SKIP
        ...     class Meta(BaseUserCreationForm.Meta):
        ...         fields = (*BaseUserCreationForm.Meta.fields, "first_name")
    """

    error_messages: dict[str, Any] = {
        "password_mismatch": MISMATCH,
        "mixed_scripts": _("This name mixes letters of several scripts that look alike. Use one."),
    }
    password1 = password_field(_("Password"), "new-password")
    password2 = password_field(_("The same again"), "new-password")

    class Meta:
        """The project's user model, and the name that it signs in by."""

        model: Any = UserModel
        fields: Any = (NAME,)
        field_classes = classes_of_fields()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = password_validators_help_text_html()
        name = self._meta.model.USERNAME_FIELD
        if name in self.fields:
            self.fields[name].widget.attrs.setdefault("autofocus", True)

    async def aclean(self) -> dict[str, Any] | None:
        """Refuse names made of letters of several scripts (C15)."""
        await super().aclean()
        name = self._meta.model.USERNAME_FIELD
        value = self.cleaned_data.get(name)
        if isinstance(value, str) and mixes_scripts(value):
            self.add_error(name, ValidationError(self.error_messages["mixed_scripts"], code="mixed_scripts"))
        return self.cleaned_data

    @hook
    def _post_clean(self) -> None:
        # After the instance has its values: rules compare the password with the name and the address.
        super()._post_clean()
        self.check_password()

    def check_password(self) -> None:
        """Check the two fields of the password."""
        check_new_password(self, "password1", "password2", self.instance)

    def chosen_password(self) -> str | None:
        """Return the checked password; None for a user who signs in by none."""
        return self.cleaned_data["password1"]

    @hook
    async def asave(self, commit: bool = True) -> Any:
        """Make the user with its password.

        Args:
            commit: False only returns the instance; save it, then call `save_m2m()`.

        Returns:
            The user.
        """
        await self._arefuse_errors()
        await self.instance.aset_password(self.chosen_password())
        return await super().asave(commit=commit)

    save = twin(asave)


class UserCreationForm(BaseUserCreationForm):
    """Makes a user, and refuses names that differ from somebody's by case only, or look the same."""

    async def aclean(self) -> dict[str, Any] | None:
        """Refuse names that pass for one that is there (C15)."""
        await super().aclean()
        model = self._meta.model
        value = self.cleaned_data.get(model.USERNAME_FIELD)
        if isinstance(value, str) and await ais_taken(model, value, self.instance._state.db):
            field = model._meta.get_field(model.USERNAME_FIELD)
            error = ValidationError(field.error_messages["unique"], code="unique", params=self.words(field))
            self.add_error(model.USERNAME_FIELD, error)
        return self.cleaned_data

    def words(self, field: Any) -> dict[str, Any]:
        """Return what the message of a field's uniqueness may mention."""
        options = self._meta.model._meta
        return {
            "model_name": str(options.verbose_name).capitalize(),
            "field_label": str(field.verbose_name).capitalize(),
        }


class AdminUserCreationForm(UserCreationForm):
    """Makes a user with a password, or with none, so that only other backends let them in."""

    usable_password = UsablePasswordField()
    password1 = password_field(_("Password"), "new-password", required=False)
    password2 = password_field(_("The same again"), "new-password", required=False)

    def check_password(self) -> None:
        """Check the two fields of the password, where there will be one."""
        if self.cleaned_data.get("usable_password", True):
            insist_on_password(self, "password1", "password2")
            super().check_password()

    def chosen_password(self) -> str | None:
        """Return the checked password; None for a user who signs in by none."""
        return self.cleaned_data["password1"] if self.cleaned_data["usable_password"] else None


class UserChangeForm(forms.ModelForm[Any]):
    """Changes all fields of a user but the password, which is described without its hash.

    Attributes:
        password_change_url: where the password is changed, relative to the page with this form; None shows no link.
    """

    password_change_url: str | None = "../password/"  # noqa: S105 - an address
    password = ReadOnlyPasswordHashField(
        label=_("Password"),
        help_text=_("Passwords are stored so that nobody can read them."),
    )

    class Meta:
        """The project's user model. Nothing is left out: this form is for those who may change everything."""

        model: Any = UserModel
        exclude: Any = ()
        field_classes = classes_of_fields()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].widget.change_url = self.password_change_url
