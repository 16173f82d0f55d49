"""Settings of APIs: REST_FRAMEWORK, its defaults, and class attributes that follow it."""

from __future__ import annotations

from typing import Any

from manoir.conf import import_string
from manoir.conf import settings as project
from manoir.exceptions import ImproperlyConfigured, nearest

__all__ = ["DEFAULTS", "APISettings", "FromSettings", "api_settings"]

ISO_8601 = "iso-8601"

DEFAULTS: dict[str, Any] = {
    # What a view does unless it says otherwise.
    "DEFAULT_RENDERER_CLASSES": ["manoir.rest.renderers.JSONRenderer", "manoir.rest.renderers.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "manoir.rest.parsers.JSONParser",
        "manoir.rest.parsers.FormParser",
        "manoir.rest.parsers.MultiPartParser",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "manoir.rest.authentication.SessionAuthentication",
        "manoir.rest.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["manoir.rest.permissions.AllowAny"],
    "DEFAULT_THROTTLE_CLASSES": [],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "manoir.rest.negotiation.DefaultContentNegotiation",
    "DEFAULT_METADATA_CLASS": "manoir.rest.metadata.SimpleMetadata",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": [
        "manoir.rest.filters.DjangoFilterBackend",
        "manoir.rest.filters.SearchFilter",
        "manoir.rest.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "manoir.rest.schemas.AutoSchema",
    # A view has to name its permissions, or the project its defaults, before it starts.
    "REQUIRE_PERMISSIONS": False,
    # Throttling; a rate is "<number>/<second|minute|hour|day>", None is no limit.
    "DEFAULT_THROTTLE_RATES": {"user": None, "anon": None},
    "NUM_PROXIES": None,
    # Pagination, filters.
    "PAGE_SIZE": None,
    "MAX_PAGE_SIZE": 1000,
    "SEARCH_PARAM": "search",
    "ORDERING_PARAM": "ordering",
    # Versioning.
    "DEFAULT_VERSION": None,
    "ALLOWED_VERSIONS": None,
    "VERSION_PARAM": "version",
    # Who nobody is.
    "UNAUTHENTICATED_USER": "manoir.auth.AnonymousUser",
    "UNAUTHENTICATED_TOKEN": None,
    # Words and errors.
    "VIEW_NAME_FUNCTION": "manoir.rest.views.get_view_name",
    "VIEW_DESCRIPTION_FUNCTION": "manoir.rest.views.get_view_description",
    "EXCEPTION_HANDLER": "manoir.rest.views.exception_handler",
    "NON_FIELD_ERRORS_KEY": "non_field_errors",
    # What serializers do with keys that are no fields: "ignore" or "refuse" them.
    "UNKNOWN_FIELDS": "ignore",
    # Tests.
    "TEST_REQUEST_RENDERER_CLASSES": [
        "manoir.rest.renderers.MultiPartRenderer",
        "manoir.rest.renderers.JSONRenderer",
    ],
    "TEST_REQUEST_DEFAULT_FORMAT": "multipart",
    # Negotiation and addresses.
    "URL_FORMAT_OVERRIDE": "format",
    "FORMAT_SUFFIX_KWARG": "format",
    "URL_FIELD_NAME": "url",
    "SCHEMA_COERCE_PATH_PK": True,
    "SCHEMA_COERCE_METHOD_NAMES": {"retrieve": "read", "destroy": "delete"},
    # Formats.
    "DATE_FORMAT": ISO_8601,
    "DATE_INPUT_FORMATS": [ISO_8601],
    "DATETIME_FORMAT": ISO_8601,
    "DATETIME_INPUT_FORMATS": [ISO_8601],
    "TIME_FORMAT": ISO_8601,
    "TIME_INPUT_FORMATS": [ISO_8601],
    "DURATION_FORMAT": "django",
    "UNICODE_JSON": True,
    "COMPACT_JSON": True,
    "STRICT_JSON": True,
    "COERCE_DECIMAL_TO_STRING": True,
    "COERCE_BIGINT_TO_STRING": False,
    "UPLOADED_FILES_USE_URL": True,
    "HTML_SELECT_CUTOFF": 1000,
    "HTML_SELECT_CUTOFF_TEXT": "More than {count} items…",
}
"""Every option with its default; classes by dotted path."""

CLASSES = frozenset(
    {name for name in DEFAULTS if name.endswith(("_CLASSES", "_CLASS", "_FUNCTION", "_BACKENDS"))}
    | {"EXCEPTION_HANDLER", "UNAUTHENTICATED_USER", "UNAUTHENTICATED_TOKEN"}
)
"""Options that name classes and functions."""


class APISettings:
    """REST_FRAMEWORK with its defaults; options are attributes, and dotted paths become what they name.

    Args:
        user_settings: options instead of the project's; None reads REST_FRAMEWORK.
        defaults: what holds for the others; None takes `DEFAULTS`.

    Raises:
        AttributeError: an option is unknown.
        ImproperlyConfigured: REST_FRAMEWORK holds an unknown option, or a path that leads nowhere.

    Example:
        >>> APISettings({"PAGE_SIZE": 20}).PAGE_SIZE
        20
    """

    setting = "REST_FRAMEWORK"
    """The setting that has the options."""
    defaults = DEFAULTS
    classes = CLASSES

    def __init__(self, user_settings: dict[str, Any] | None = None, defaults: dict[str, Any] | None = None) -> None:
        if defaults is not None:
            self.defaults = defaults
        self._given = user_settings

    @property
    def user_settings(self) -> dict[str, Any]:
        """What the project says."""
        return dict(getattr(project, self.setting)) if self._given is None else self._given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self.defaults:
            raise AttributeError(f"{self.setting} has no option {name!r}.{nearest(name, self.defaults)}")
        given = self.user_settings
        self._refuse_unknown(given)
        value = given.get(name, self.defaults[name])
        if name.endswith(("_CLASSES", "_BACKENDS")) and (isinstance(value, str) or not hasattr(value, "__iter__")):
            raise ImproperlyConfigured(f"{self.setting}[{name!r}] is a list of dotted paths: write [{value!r}].")
        if name in self.classes:
            value = imported(value, f"{self.setting}[{name!r}]")
        vars(self)[name] = value
        return value

    def _refuse_unknown(self, given: dict[str, Any]) -> None:
        for name in given:
            if name not in self.defaults:
                raise ImproperlyConfigured(f"{self.setting} has no option {name!r}.{nearest(name, self.defaults)}")

    def says(self, name: str) -> bool:
        """Tell whether the project says something about an option itself."""
        return name in self.user_settings

    def reload(self) -> None:
        """Read the setting anew at the next use."""
        for name in self.defaults:
            vars(self).pop(name, None)


def imported(value: Any, name: str) -> Any:
    """Return what a dotted path, or each of a list of them, names; anything else as it is."""
    if isinstance(value, str):
        try:
            return import_string(value)
        except ImportError as error:
            raise ImproperlyConfigured(f"{name}: {value!r} cannot be imported. {error}") from error
    if isinstance(value, (list, tuple)):
        return [imported(one, name) for one in value]
    return value


api_settings = APISettings()


@project.on_change
def forget_settings(name: str, value: object, enter: bool) -> None:
    """Read the options anew after REST_FRAMEWORK changed, as tests do."""
    if name == "REST_FRAMEWORK":
        api_settings.reload()


class FromSettings:
    """A class attribute whose value is an option of REST_FRAMEWORK, until a class or an instance sets its own."""

    def __init__(self, option: str) -> None:
        self.option = option

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        return getattr(api_settings, self.option)
