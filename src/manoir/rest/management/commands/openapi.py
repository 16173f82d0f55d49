"""`openapi`: writes the description of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from manoir.bridge import spawn, to_thread
from manoir.commands import BaseCommand
from manoir.conf import import_string
from manoir.exceptions import CommandError
from manoir.http import encode_json
from manoir.rest.schemas import SchemaGenerator


class Command(BaseCommand):
    """Writes the description of the API."""

    help = "Writes the OpenAPI 3.1 description of the project's API, as JSON."

    def add_arguments(self, parser: Any) -> None:
        """Take what the description says about itself, and where it goes."""
        parser.add_argument("--file", help="where to write it; without it, the standard output")
        parser.add_argument("--title", default="API", help="name of the API")
        parser.add_argument("--description", help="what it is for")
        parser.add_argument("--api-version", default="1.0", help="version of the API")
        parser.add_argument("--url", help="address before all paths")
        parser.add_argument("--urlconf", help="dotted name of the URLs, instead of ROOT_URLCONF")
        parser.add_argument("--generator", help="dotted path of another class of what describes")
        parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is not up to date")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Describe and write."""
        path = options["generator"]
        generator_class: Any = import_string(path) if path else SchemaGenerator
        generator = generator_class(
            title=options["title"],
            url=options["url"],
            description=options["description"],
            urlconf=options["urlconf"],
            version=options["api_version"],
        )
        schema = await spawn(generator.get_schema)
        text = json.dumps(json.loads(encode_json(schema)), indent=2, ensure_ascii=False) + "\n"
        if not options["file"]:
            self.stdout.write(text.rstrip("\n"))
            return
        target = Path(options["file"])
        if options["check"]:
            before = await to_thread(target.read_text, "utf-8") if target.exists() else ""
            if before != text:
                raise CommandError(f"{target} is not up to date: run `manoir openapi --file {target}`.")
            return
        await to_thread(target.write_text, text, "utf-8")
        self.stdout.write(f"{len(schema['paths'])} addresses are described in {target}.")
