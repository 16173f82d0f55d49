import pytest

from manoir.db import ProgrammingError, connection, transaction


def test_sync(database):
    with connection.cursor() as c:
        c.execute("create table zz (a integer)")
        c.execute("insert into zz values (%s)", [3])
        c.execute("select a from zz")
        assert c.fetchall() == [(3,)]


async def test_async(database):
    assert "zz" not in await database.table_names()
    with pytest.raises(ProgrammingError):
        async with transaction.atomic():
            await database.fetch("select * from nope")
    assert [tuple(r) for r in await database.fetch("select 1")] == [(1,)]


async def test_commit(committing_database):
    c = committing_database
    await c.execute("create table zz (a integer)")
    assert await c.table_names() == ["zz"]
