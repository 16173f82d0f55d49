"""The graph of migrations and the loader: order, ends, errors."""

from __future__ import annotations

import asyncio

import pytest

from manoir.db import Connection, make_connection
from manoir.exceptions import AmbiguityError, BadMigrationError, CircularDependencyError, NodeNotFoundError
from manoir.migrations import Migration, MigrationExecutor, MigrationGraph, MigrationLoader, swappable_dependency
from tests.migrations.project import Project


def graph(*edges: tuple[str, str]) -> MigrationGraph:
    """Migrations named `app.name`; each edge says that the first comes after the second."""
    made = MigrationGraph()
    keys = {tuple(name.split(".")) for edge in edges for name in edge}
    for app_label, name in sorted(keys):
        made.add_node(Migration(name, app_label))
    for child, parent in edges:
        made.add_dependency(("test", "x"), tuple(child.split(".")), tuple(parent.split(".")))  # type: ignore[arg-type]
    return made


def names(keys: list[tuple[str, str]]) -> list[str]:
    return [".".join(key) for key in keys]


def test_plans_in_both_directions() -> None:
    made = graph(("a.2", "a.1"), ("b.1", "a.1"), ("b.2", "b.1"), ("b.2", "a.2"))
    assert names(made.forwards_plan(("b", "2"))) == ["a.1", "a.2", "b.1", "b.2"]
    assert names(made.backwards_plan(("a", "2"))) == ["b.2", "a.2"]
    assert names(made.full_plan()) == ["a.1", "a.2", "b.1", "b.2"]
    assert names(made.root_nodes()) == ["a.1", "b.1"]
    assert names(made.leaf_nodes("a")) == ["a.2"]


def test_long_histories_need_no_recursion() -> None:
    made = graph(*[(f"a.{number + 1:05d}", f"a.{number:05d}") for number in range(5000)])
    assert len(made.full_plan()) == 5001


def test_circle_is_named() -> None:
    made = graph(("a.1", "b.1"), ("b.1", "c.1"), ("c.1", "a.1"))
    with pytest.raises(CircularDependencyError, match=r"a\.1 -> b\.1 -> c\.1 -> a\.1"):
        made.ensure_not_cyclic()


def test_unknown_dependency_names_the_nearest() -> None:
    made = graph(("a.0002_book", "a.0001_initial"))
    with pytest.raises(NodeNotFoundError, match=r"a\.0002_boook, which does not exist\. Did you mean '0002_book'"):
        made.add_dependency(("a", "x"), ("a", "0001_initial"), ("a", "0002_boook"))
    with pytest.raises(NodeNotFoundError, match=r"There is no app 'z' with migrations"):
        made.add_dependency(("a", "x"), ("a", "0001_initial"), ("z", "0001"))


EMPTY = "class Migration(migrations.Migration):\n    dependencies = {}\n    run_before = {}\n"


def test_first_latest_run_before_and_prefixes(project: Project) -> None:
    first = project.app("", migrations=True)
    second = project.app("", migrations=True)
    project.migration("0001_initial", EMPTY.format("[]", "[]"), first)
    project.migration("0002_more", EMPTY.format([(first, "0001_initial")], "[]"), first)
    project.migration("0001_initial", EMPTY.format([(first, "__first__")], [(first, "0002_more")]), second)
    project.migration("0002_other", EMPTY.format([(second, "0001_initial"), (first, "__latest__")], "[]"), second)
    loader = MigrationLoader()
    assert names(loader.graph.forwards_plan((second, "0002_other"))) == [
        f"{first}.0001_initial",
        f"{second}.0001_initial",
        f"{first}.0002_more",
        f"{second}.0002_other",
    ]
    assert loader.get_migration_by_prefix(second, "0002").name == "0002_other"
    with pytest.raises(AmbiguityError, match=r"'000' fits several migrations of 'shop\d+': 0001_initial, 0002_more"):
        loader.get_migration_by_prefix(first, "000")


def test_package_that_is_a_file_is_named(project: Project) -> None:
    label = project.app("", migrations=False)
    (project.directory / label / "migrations.py").write_text("")
    project.load()
    with pytest.raises(BadMigrationError, match=r"migrations is a file; migrations live in a package"):
        MigrationLoader()


def test_module_chosen_by_setting(project: Project) -> None:
    from manoir.conf import settings

    label = project.app("", migrations=True)
    project.migration("0001_initial", EMPTY.format("[]", "[]"))
    with settings.override(MIGRATION_MODULES={label: None}):
        assert label in MigrationLoader().unmigrated_apps
    (project.directory / label / "migrations").rename(project.directory / label / "elsewhere")
    project.forget_modules()
    with settings.override(MIGRATION_MODULES={label: f"{label}.elsewhere"}):
        assert (label, "0001_initial") in MigrationLoader().disk_migrations


def test_swappable_dependency_is_on_the_first_migration() -> None:
    assert tuple(swappable_dependency("people.User")) == ("people", "__first__")


async def test_two_processes_do_not_migrate_at_once(postgresql_database: Connection) -> None:
    other = make_connection("default", dict(postgresql_database.settings_dict))
    order: list[str] = []

    async def second() -> None:
        async with MigrationExecutor(other).lock(lambda: order.append("waits")):
            order.append("second")

    async with MigrationExecutor(postgresql_database).lock():
        task = asyncio.create_task(second())
        await asyncio.sleep(0.1)
        order.append("first")
    await task
    await other.aclose()
    assert order == ["waits", "first", "second"]
