"""Sends `pre_migrate` and `post_migrate`, once for each app with models."""

from __future__ import annotations

from typing import Any

from manoir.apps import apps
from manoir.migrations._executor import PlanStep
from manoir.migrations._state import ProjectState
from manoir.models import signals


async def send_migrate(
    signal: Any,
    *,
    alias: str,
    plan: list[PlanStep],
    state: ProjectState | None,
    verbosity: int,
    interactive: bool,
    stdout: Any,
) -> None:
    """Tell receivers; historical models are only made when somebody listens.

    Args:
        signal: `pre_migrate` or `post_migrate`.
        alias: alias of the database.
        plan: what will be or was done.
        state: the models before or after; None: those of the project.
        verbosity: of the command.
        interactive: receivers may ask the user.
        stdout: where receivers may write.
    """
    if not signal.receivers:
        return
    for config in apps.get_app_configs():
        if config.models_module is None:
            continue
        if verbosity >= 2:
            stdout.write(
                f"Running {'pre' if signal is signals.pre_migrate else 'post'}-migrate handlers for {config.label}"
            )
        await signal.asend(
            sender=config,
            app_config=config,
            verbosity=verbosity,
            interactive=interactive,
            using=alias,
            stdout=stdout,
            apps=apps if state is None else state.apps,
            plan=plan,
        )
