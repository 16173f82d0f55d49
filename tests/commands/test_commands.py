from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manoir.checks import Error, Warning, registry
from manoir.commands import (
    AppCommand,
    BaseCommand,
    CommandError,
    CommandParser,
    LabelCommand,
    OutputWrapper,
    SystemCheckError,
    acall_command,
    call_command,
    get_commands,
    load_command,
)
from manoir.commands import _discovery as discovery
from manoir.commands._discovery import load_from
from manoir.conf import settings
from manoir.exceptions import OperationalError, SynchronousOnlyOperation


class Greet(BaseCommand):
    help = "Greets."
    stealth_options = ("whisper",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*")
        parser.add_argument("--punctuation", default="!", required=True)
        parser.add_argument("--no-input", action="store_false", dest="interactive")
        parser.add_argument("--times", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> str:
        self.seen = options
        return f"Hello {' and '.join(options['names'])}{options['punctuation']}" * options["times"]


class AsyncGreet(Greet):
    async def handle(self, *args: Any, **options: Any) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().handle(*args, **options)


def run(command: BaseCommand, *words: str) -> tuple[int, str, str]:
    """Run a command as a program; return status, output and errors."""
    out, err = io.StringIO(), io.StringIO()
    command.stdout, command.stderr = OutputWrapper(out), OutputWrapper(err)
    status = 0
    try:
        command.run_from_argv(["manoir", "greet", *words])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "checks", [])


@pytest.mark.parametrize("kind", [Greet, AsyncGreet])
def test_a_command_runs_from_code(kind: type[Greet]) -> None:
    out = io.StringIO()
    answer = call_command(kind(), "Ada", "Bob", "--times", "2", punctuation="?", stdout=out)
    assert answer == "Hello Ada and Bob?Hello Ada and Bob?"
    assert out.getvalue() == f"{answer}\n"


@pytest.mark.parametrize("kind", [Greet, AsyncGreet])
async def test_a_command_runs_from_a_coroutine(kind: type[Greet]) -> None:
    out = io.StringIO()
    assert await acall_command(kind(), "Ada", punctuation="?", stdout=out) == "Hello Ada?"
    assert out.getvalue() == "Hello Ada?\n"


async def test_call_command_takes_options_of_any_name() -> None:
    class Shout(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            parser.add_argument("--command")

        def handle(self, *args: Any, **options: Any) -> str:
            return options["command"].upper()

    assert await acall_command(Shout(), command="go", stdout=io.StringIO()) == "GO"
    assert call_command(Shout(), command="go", stdout=io.StringIO()) == "GO"


async def test_call_command_of_an_async_command_in_a_coroutine_names_acall_command() -> None:
    with pytest.raises(SynchronousOnlyOperation, match=r"await acall_command"):
        call_command(AsyncGreet(), punctuation="?")


def test_options_are_given_by_destination_or_long_name() -> None:
    for options in ({"interactive": False}, {"no_input": False}):
        command = Greet(stdout=io.StringIO())
        call_command(command, punctuation="", **options)
        assert command.seen["interactive"] is False


def test_a_required_option_by_name_is_enough_and_keeps_its_type() -> None:
    command = Greet(stdout=io.StringIO())
    call_command(command, ["Ada"], punctuation=7)
    assert (command.seen["punctuation"], command.seen["names"], command.seen["skip_checks"]) == (7, ["Ada"], True)


def test_a_required_argument_may_be_given_by_name() -> None:
    class Make(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            parser.add_argument("name")

        def handle(self, *args: Any, **options: Any) -> str:
            return options["name"]

    assert call_command(Make(stdout=io.StringIO()), name="shop") == "shop"


def test_unknown_options_name_close_ones() -> None:
    with pytest.raises(TypeError, match=r"has no option 'punctuaton'\. Did you mean 'punctuation'"):
        call_command(Greet(), punctuaton="?")
    call_command(Greet(stdout=io.StringIO()), punctuation="?", whisper=True)


def test_wrong_words_raise_from_code() -> None:
    with pytest.raises(CommandError, match=r"unrecognized arguments: --tmes.*Did you mean '--times'"):
        call_command(Greet(), "--punctuation=?", "--tmes=3")
    with pytest.raises(CommandError, match=r"Error: the following arguments are required: --punctuation"):
        call_command(Greet())


@pytest.mark.usefixtures("no_checks")
def test_a_command_runs_as_a_program() -> None:
    assert run(Greet(), "Ada", "--punctuation=!") == (0, "Hello Ada!\n", "")
    assert run(AsyncGreet(), "Ada", "--punctuation=!") == (0, "Hello Ada!\n", "")


def test_a_wrong_call_ends_with_usage_and_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = run(Greet(), "--punctuaton=!")
    assert status == 2
    shown = capsys.readouterr().err
    assert "usage: manoir greet" in shown


@pytest.mark.usefixtures("no_checks")
@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (CommandError("cannot"), 1, "CommandError: cannot\n"),
        (CommandError("cannot", returncode=3), 3, "CommandError: cannot\n"),
        (OperationalError("database is down"), 1, "OperationalError: database is down\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_errors_are_shown_without_traceback(error: BaseException, status: int, shown: str) -> None:
    class Failing(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            raise error

    assert (status, "", shown) == run(Failing())


@pytest.mark.usefixtures("no_checks")
def test_traceback_lets_errors_through() -> None:
    class Failing(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            raise CommandError("cannot")

    with pytest.raises(CommandError, match="cannot"):
        run(Failing(), "--traceback")


@pytest.mark.usefixtures("no_checks")
def test_other_errors_keep_their_traceback() -> None:
    class Failing(BaseCommand):
        async def handle(self, *args: Any, **options: Any) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(Failing())


def test_help_shows_own_arguments_before_common_ones(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = run(Greet(), "--help")
    shown = capsys.readouterr().out
    assert status == 0
    assert "Greets." in shown
    assert shown.index("--times") < shown.index("--verbosity")
    assert "--skip-checks" in shown


def test_common_arguments_can_be_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    class Quiet(Greet):
        suppressed_base_arguments = {"--traceback", "-v"}

    Quiet().print_help("manoir", "quiet")
    shown = capsys.readouterr().out
    assert "--traceback" not in shown
    assert "--verbosity" not in shown
    assert "--settings" in shown


def test_early_options_apply(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_checks: None) -> None:
    monkeypatch.setenv("MANOIR_SETTINGS_MODULE", "before")
    monkeypatch.setattr(sys, "path", sys.path[:])
    run(Greet(), "--punctuation=!", "--settings=after.settings", f"--pythonpath={tmp_path}")
    import os

    assert ("after.settings", str(tmp_path)) == (os.environ["MANOIR_SETTINGS_MODULE"], sys.path[0])


def test_colours(no_checks: None) -> None:
    class Painted(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            self.stdout.write(self.style.SUCCESS("done"))

    assert run(Painted())[1] == "done\n"
    assert run(Painted(), "--force-color")[1] == "\x1b[1;32mdone\x1b[0m\n"
    assert run(Painted(), "--no-color")[1] == "done\n"
    assert run(Painted(), "--no-color", "--force-color")[0] == 1
    with pytest.raises(CommandError, match="contradict each other"):
        Painted(no_color=True, force_color=True)


def test_rich_prints_to_the_commands_stream(no_checks: None) -> None:
    class Table(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            self.console.print("[bold]rows[/bold]")

    assert run(Table())[1] == "rows\n"


def test_sql_is_put_into_a_transaction() -> None:
    class Dump(BaseCommand):
        output_transaction = True

        def handle(self, *args: Any, **options: Any) -> str:
            return "DROP TABLE x;"

    out = io.StringIO()
    call_command(Dump(), stdout=out, no_color=True)
    assert out.getvalue() == "BEGIN;\nDROP TABLE x;\nCOMMIT;\n"


def test_streams_take_endings_and_styles() -> None:
    stream = io.StringIO()
    wrapper = OutputWrapper(stream)
    wrapper.write("a")
    wrapper.write("b\n")
    wrapper.write("c", ending="")
    wrapper.write("d", str.upper)
    wrapper.style_func = lambda text: f"<{text}>"
    wrapper.write("e")
    assert stream.getvalue() == "a\nb\ncD\n<e>\n"
    assert not wrapper.isatty()


# -- checks before a command --------------------------------------------------------------------------------------


class Checked(BaseCommand):
    ran = False

    def handle(self, *args: Any, **options: Any) -> None:
        self.ran = True


@pytest.fixture
def failing_check(no_checks: None) -> Iterator[None]:
    @registry.register("house")
    def check(app_configs: Any, **kwargs: Any) -> list[Any]:
        return [Warning("drafty", id="house.W001"), Error("on fire", hint="leave", id="house.E001")]

    yield
    registry.unregister(check)


@pytest.mark.usefixtures("failing_check")
def test_errors_of_checks_stop_a_command() -> None:
    command = Checked()
    status, _, shown = run(command)
    assert (status, command.ran) == (1, False)
    assert "ERRORS:\n?: (house.E001) on fire\n    HINT: leave" in shown
    assert "WARNINGS:\n?: (house.W001) drafty" in shown
    assert "System check identified 2 issues (0 silenced)." in shown
    assert "Traceback" not in shown


@pytest.mark.usefixtures("failing_check")
def test_checks_can_be_skipped_or_limited() -> None:
    for words in (["--skip-checks"],):
        assert run(Checked(), *words)[0] == 0

    class Other(Checked):
        requires_system_checks = ["garden"]

    assert run(Other())[0] == 0
    command = Checked(stdout=io.StringIO())
    call_command(command)
    assert command.ran
    with pytest.raises(SystemCheckError, match="on fire"):
        call_command(command, skip_checks=False)


@pytest.mark.usefixtures("failing_check")
def test_silenced_checks_are_counted_only() -> None:
    command = Checked(stdout=(out := io.StringIO()), stderr=(err := io.StringIO()))
    with settings.override(SILENCED_SYSTEM_CHECKS=["house.E001", "house.W001"]):
        command.check(display_num_errors=True)
    assert (out.getvalue(), err.getvalue()) == ("System check identified no issues (2 silenced).\n", "")


def test_requires_system_checks_is_validated() -> None:
    class Wrong(BaseCommand):
        requires_system_checks = "models"

    with pytest.raises(TypeError, match="requires_system_checks of"):
        Wrong()


# -- kinds ----------------------------------------------------------------------------------------------------------


def test_label_commands_of_both_colours() -> None:
    class Sync(LabelCommand):
        def handle_label(self, label: str, **options: Any) -> str:
            return label.upper()

    class Async(LabelCommand):
        async def handle_label(self, label: str, **options: Any) -> str:
            await asyncio.sleep(0)
            return label.upper()

    for kind in (Sync, Async):
        assert call_command(kind(stdout=io.StringIO()), "a", "b") == "A\nB"
        with pytest.raises(CommandError, match="Enter at least one label"):
            call_command(kind())


def test_app_commands_name_unknown_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    from manoir.apps import Apps
    from manoir.commands import _kinds

    class Sizes(AppCommand):
        def handle_app_config(self, app_config: Any, **options: Any) -> str:
            return app_config.label

    monkeypatch.setattr(_kinds, "apps", Apps(["json", "email"]))
    assert call_command(Sizes(stdout=io.StringIO()), "json", "email") == "json\nemail"
    with pytest.raises(CommandError, match=r"No installed app has the label 'jsom'.*'json'.*INSTALLED_APPS"):
        call_command(Sizes(), "jsom")


# -- discovery --------------------------------------------------------------------------------------------------------


COMMAND = "from manoir.commands import BaseCommand\nclass Command(BaseCommand):\n    help = {0!r}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install apps with commands: `project(app={"name": "source"})`."""
    from manoir.apps import Apps

    monkeypatch.syspath_prepend(str(tmp_path))
    written: set[str] = set()

    def install(**by_app: dict[str, str]) -> None:
        for app, commands in by_app.items():
            written.add(app)
            package = tmp_path / app / "management" / "commands"
            package.mkdir(parents=True)
            for directory in (tmp_path / app, package.parent, package):
                (directory / "__init__.py").touch()
            for name, source in commands.items():
                (package / f"{name}.py").write_text(source)
        monkeypatch.setattr(discovery, "apps", Apps(list(by_app)))

    yield install
    for module in [module for module in sys.modules if module.partition(".")[0] in written]:
        del sys.modules[module]


def test_commands_are_found_without_being_imported(project: Callable[..., None]) -> None:
    project(cmdone={"sweep": "1 / 0", "_hidden": ""}, cmdtwo={"sweep": "", "dust": COMMAND.format("dusts")})
    found = get_commands()
    assert (found["sweep"], found["dust"], "_hidden" in found) == ("cmdone", "cmdtwo", False)
    assert "cmdone.management.commands.sweep" not in sys.modules
    assert load_command("dust").help == "dusts"
    with pytest.raises(ZeroDivisionError):
        load_command("sweep")


def test_an_apps_command_wins_over_manoirs_own(project: Callable[..., None]) -> None:
    assert get_commands()["runserver"] == "manoir.cli"
    project(cmdthree={"runserver": COMMAND.format("mine")})
    assert load_command("runserver").help == "mine"


def test_an_unknown_command_names_close_ones(project: Callable[..., None]) -> None:
    project(cmdfour={"dust": ""})
    with pytest.raises(CommandError, match=r"Unknown command: 'duts'\. Did you mean 'dust'"):
        load_command("duts")
    with pytest.raises(CommandError, match=r"Unknown command: 'runservr'\. Did you mean 'runserver'"):
        call_command("runservr")


def test_a_module_without_command_is_named(project: Callable[..., None]) -> None:
    project(cmdfive={"empty": "Command = 3"})
    with pytest.raises(CommandError, match=r"cmdfive\.management\.commands\.empty has no class Command"):
        load_command("empty")
    with pytest.raises(ModuleNotFoundError):
        load_from("cmdfive.management.commands", "absent")
