"""The registry of checks, and running them by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast, overload

from manoir.bridge import wait
from manoir.checks._messages import CheckMessage
from manoir.exceptions import nearest
from manoir.signals import accepts_keywords, is_async_callable

Check: TypeAlias = Callable[..., Any]
F = TypeVar("F", bound=Check)


class Tags:
    """Subjects of checks; any other string serves too."""

    admin = "admin"
    async_support = "async_support"
    caches = "caches"
    commands = "commands"
    compatibility = "compatibility"
    database = "database"
    files = "files"
    mail = "mail"
    middleware = "middleware"
    models = "models"
    security = "security"
    settings = "settings"
    signals = "signals"
    sites = "sites"
    staticfiles = "staticfiles"
    templates = "templates"
    translation = "translation"
    urls = "urls"


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredCheck:
    """A check with its subjects.

    Attributes:
        function: called with `app_configs` and `databases`; returns messages.
        tags: its subjects.
        deploy: it runs only when deployment checks are asked for.
    """

    function: Check
    tags: frozenset[str]
    deploy: bool

    def answers(self, tags: frozenset[str] | None, databases: Sequence[str] | None) -> bool:
        """Tell whether the check is asked for; checks of databases run only when databases or their tag are named."""
        if tags is not None:
            return bool(self.tags & tags)
        return Tags.database not in self.tags or bool(databases)


class CheckRegistry:
    """Checks in the order of their registration.

    Example:
        >>> checks = CheckRegistry()
        >>> @checks.register("house")
        ... def door(app_configs, **kwargs):
        ...     return []
        >>> checks.run_checks(tags=["house"])
        []
    """

    def __init__(self) -> None:
        self.checks: list[RegisteredCheck] = []

    @overload
    def register(self, check: F, /, *tags: str, deploy: bool = False) -> F: ...
    @overload
    def register(self, /, *tags: str, deploy: bool = False) -> Callable[[F], F]: ...
    def register(self, check: Any = None, /, *tags: str, deploy: bool = False) -> Any:
        """Register a check: `@register`, `@register("models")`, `@register("security", deploy=True)` or `register(check, "models")`.

        Args:
            check: a function `(app_configs, **kwargs)` of either colour that returns a list of messages; app_configs
                None means all apps. `databases` is a list of aliases or None.
            *tags: its subjects, see `Tags`.
            deploy: run it only with `check --deploy`.

        Raises:
            TypeError: the check does not take `**kwargs`.
        """
        if check is None or isinstance(check, str):
            all_tags = (*([check] if check else []), *tags)
            return lambda function: self._add(function, all_tags, deploy)
        return self._add(check, tags, deploy)

    def _add(self, function: Any, tags: Iterable[str], deploy: bool) -> Any:
        if not accepts_keywords(function):
            name = getattr(function, "__qualname__", repr(function))
            raise TypeError(
                f"Check {name} must accept **kwargs, as later versions may pass more: (app_configs, **kwargs)."
            )
        if all(check.function is not function for check in self.checks):
            self.checks.append(RegisteredCheck(function, frozenset(tags), deploy))
        return function

    def unregister(self, function: Check) -> None:
        """Take a check out again, for tests."""
        self.checks = [check for check in self.checks if check.function is not function]

    def run_checks(
        self,
        app_configs: Iterable[Any] | None = None,
        tags: Iterable[str] | None = None,
        include_deployment_checks: bool = False,
        databases: Sequence[str] | None = None,
    ) -> list[CheckMessage]:
        """Run the checks and return their messages, silenced ones too (`message.is_silenced()`).

        Args:
            app_configs: apps to check; None: all.
            tags: only checks with one of these subjects; None: all, those of databases only with `databases`.
            include_deployment_checks: also those registered with `deploy=True`.
            databases: aliases that checks may connect to; None: no database.

        Raises:
            TypeError: a check returned something else than messages.
        """
        wanted = None if tags is None else frozenset(tags)
        messages: list[CheckMessage] = []
        for check in self.get_checks(include_deployment_checks):
            if check.answers(wanted, databases):
                messages += call(check.function, app_configs, databases)
        return messages

    def get_checks(self, include_deployment_checks: bool = False) -> list[RegisteredCheck]:
        """Return the registered checks."""
        return [check for check in self.checks if include_deployment_checks or not check.deploy]

    def tags_available(self, deployment_checks: bool = False) -> set[str]:
        """Return the subjects of all registered checks."""
        return {tag for check in self.get_checks(deployment_checks) for tag in check.tags}

    def tag_exists(self, tag: str, include_deployment_checks: bool = False) -> bool:
        """Tell whether a registered check has this subject."""
        return tag in self.tags_available(include_deployment_checks)

    def unknown_tag_message(self, tag: str) -> str:
        """Say that no check has this subject, and which subjects are near."""
        known = sorted(self.tags_available(deployment_checks=True))
        return f"No check has the tag {tag!r}.{nearest(tag, known)} Tags: {', '.join(known)}."


def call(function: Check, app_configs: Iterable[Any] | None, databases: Sequence[str] | None) -> list[CheckMessage]:
    """Run one check of either colour."""
    result = function(app_configs=app_configs, databases=databases)
    if is_async_callable(function):
        result = wait(result)
    name = getattr(function, "__qualname__", repr(function))
    if isinstance(result, (str, CheckMessage)) or not isinstance(result, Iterable):
        raise TypeError(f"Check {name} must return a list of messages, not {result!r}.")
    messages = list(cast(Iterable[Any], result))
    for message in messages:
        if not isinstance(message, CheckMessage):
            raise TypeError(
                f"Check {name} returned {message!r} among its messages; return Error, Warning … of manoir.checks."
            )
    return messages


registry = CheckRegistry()
"""The checks of this process."""

register = registry.register
run_checks = registry.run_checks
tag_exists = registry.tag_exists
