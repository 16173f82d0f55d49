"""`check`: what is wrong with the project before it runs."""

from __future__ import annotations

from typing import Any

from manoir import middleware, security, server, templates
from manoir.apps import apps
from manoir.checks import registry
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError, nearest

ROOMS = (middleware, security, server, templates)
"""Rooms register their checks when they are imported; these are asked whether the project uses them or not."""

LEVELS = {"CRITICAL": 50, "ERROR": 40, "WARNING": 30, "INFO": 20, "DEBUG": 10}


class Command(BaseCommand):
    """Runs the system checks."""

    help = "Looks for mistakes in the whole project, or in the apps that are named."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take apps, tags, databases and the level that fails."""
        parser.add_argument("app_labels", nargs="*", help="labels of apps; all of them otherwise")
        parser.add_argument("--tag", "-t", action="append", dest="tags", help="only checks with this tag")
        parser.add_argument("--list-tags", action="store_true", help="list the tags")
        parser.add_argument("--deploy", action="store_true", help="also check settings for production")
        parser.add_argument("--fail-level", choices=list(LEVELS), default="ERROR", help="level that fails (ERROR)")
        parser.add_argument("--database", action="append", dest="databases", help="also check this database")

    def handle(self, *, app_labels: tuple[str, ...] | list[str] = (), **options: Any) -> None:
        """Run the checks and tell what they found."""
        deploy = bool(options.get("deploy"))
        known = sorted(registry.tags_available(deploy))
        if options.get("list_tags"):
            self.stdout.write("\n".join(known))
            return
        tags = options.get("tags")
        for tag in tags or ():
            if tag not in known:
                raise CommandError(f"There is no system check with the tag {tag!r}.{nearest(tag, known)}")
        configs = [apps.get_app_config(label) for label in app_labels] or None
        self.check(
            app_configs=configs,
            tags=tags,
            display_num_errors=True,
            include_deployment_checks=deploy,
            fail_level=LEVELS[options.get("fail_level") or "ERROR"],
            databases=options.get("databases"),
        )
