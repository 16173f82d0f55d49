"""Checks of people: the user model, the permissions of models, the host of links in mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from manoir.apps import apps
from manoir.auth.models import get_user_model
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, NoReverseMatch
from manoir.models import UniqueConstraint
from manoir.urls import reverse

LONGEST_NAME: Final = 255
LONGEST_CODENAME: Final = 100
MAILING: Final = ("password_reset", "signup")


@register(Tags.models)
def check_user_model(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Look at the names and attributes that every user model has to have."""
    try:
        model = get_user_model()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="manoir.auth.E000")]
    owner = apps.get_app_config(model._meta.app_label)
    return [] if app_configs is not None and owner not in app_configs else list(problems_of_user(model))


def problems_of_user(model: Any) -> Iterator[CheckMessage]:
    """Yield what is wrong with a user model."""
    if not isinstance(model.REQUIRED_FIELDS, (list, tuple)):
        yield Error("REQUIRED_FIELDS must be a list or a tuple.", obj=model, id="manoir.auth.E001")
    elif model.USERNAME_FIELD in model.REQUIRED_FIELDS:
        yield Error(
            f"The field {model.USERNAME_FIELD!r} is USERNAME_FIELD and stands in REQUIRED_FIELDS as well.",
            hint="Take it out of REQUIRED_FIELDS: createsuperuser asks for it anyway.",
            obj=model,
            id="manoir.auth.E002",
        )
    if not is_unique(model, model.USERNAME_FIELD):
        yield not_unique(model)
    for name, number in (("is_anonymous", "C009"), ("is_authenticated", "C010")):
        if callable(getattr(model, name)):
            yield Error(
                f"{name} is a method: `if user.{name}` is true of everybody then.",
                hint="Make it an attribute or a property.",
                obj=model,
                id=f"manoir.auth.{number}",
            )


def is_unique(model: Any, name: str) -> bool:
    """Tell whether no two rows have the same value in a field."""
    alone = [
        constraint
        for constraint in model._meta.constraints
        if type(constraint) is UniqueConstraint and constraint.fields == (name,) and constraint.condition is None
    ]
    return bool(alone) or model._meta.get_field(name).unique


def not_unique(model: Any) -> CheckMessage:
    """Return what is said of a name that two people may have: an error where ModelBackend would not know whom it means."""
    text = f"The field {model.USERNAME_FIELD!r} is USERNAME_FIELD and not unique: two people may have the same name."
    hint = "Write unique=True, or make sure that your backends know whom a name means."
    if list(settings.AUTHENTICATION_BACKENDS) == ["manoir.auth.ModelBackend"]:
        return Error(text, hint=hint, obj=model, id="manoir.auth.E003")
    return Warning(text, hint=hint, obj=model, id="manoir.auth.W004")


@register(Tags.models)
def check_permissions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Look at the permissions of models: names that are too long, codenames that are there twice."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [
        problem for config in configs for model in config.get_models() for problem in problems_of_permissions(model)
    ]


def problems_of_permissions(model: Any) -> Iterator[CheckMessage]:
    """Yield what is wrong with the permissions of a model."""
    options = model._meta
    usual = {
        f"{action}_{options.model_name}": f"Can {action} {options.verbose_name}"
        for action in options.default_permissions
    }
    for codename, name in usual.items():
        if len(codename) > LONGEST_CODENAME:
            yield too_long(model, f"codename {codename!r}", LONGEST_CODENAME, "Give the model a shorter name.", "E011")
        if len(name) > LONGEST_NAME:
            yield too_long(model, f"name {name!r}", LONGEST_NAME, "Give it a shorter verbose_name.", "E007")
    own = [(str(codename), str(name)) for codename, name in options.permissions]
    for codename, count in Counter(codename for codename, _name in own).items():
        if codename in usual:
            yield Error(f"The permission {codename!r} is one that every model has.", obj=model, id="manoir.auth.E005")
        elif count > 1:
            yield Error(f"The permission {codename!r} is there {count} times.", obj=model, id="manoir.auth.E006")
    for codename, name in own:
        if len(name) > LONGEST_NAME:
            yield too_long(model, f"name {name[:60]!r}…", LONGEST_NAME, "Shorten it in Meta.permissions.", "E008")
        if len(codename) > LONGEST_CODENAME:
            yield too_long(
                model, f"codename {codename[:60]!r}…", LONGEST_CODENAME, "Shorten it in Meta.permissions.", "E012"
            )


def too_long(model: Any, what: str, longest: int, hint: str, number: str) -> CheckMessage:
    return Error(
        f"The {what} of a permission has more than {longest} characters.",
        hint=hint,
        obj=model,
        id=f"manoir.auth.{number}",
    )


@register(Tags.security, deploy=True)
def check_host_of_links(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name sites that mail links and do not say where these lead."""
    wild = [host for host in settings.ALLOWED_HOSTS if host == "*" or host.startswith(".")]
    if settings.SITE_URL or not wild or not any(has_url(name) for name in MAILING):
        return []
    return [
        Warning(
            f"SITE_URL is not set, and ALLOWED_HOSTS has {wild[0]!r}: links in mails are not sent to hosts that only a "
            "pattern allows, because whoever asks writes the host.",
            hint="Set SITE_URL, such as 'https://example.com'.",
            id="manoir.auth.W101",
        )
    ]


def has_url(name: str) -> bool:
    """Tell whether the project has a URL of a name; a project without ROOT_URLCONF has none."""
    if not settings.ROOT_URLCONF:
        return False
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
