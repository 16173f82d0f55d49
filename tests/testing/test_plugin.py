"""The pytest plug-in in projects of its own: databases, fixtures, marks, options, and what is left afterwards."""

import os
import sqlite3
import sys

import pytest

from manoir import bridge
from tests import databases
from tests.programs import run
from tests.services import require_postgresql
from tests.testing.projects import Project

pytestmark = pytest.mark.slow

TABLE = """
import pytest
from manoir import bridge
from manoir.db import connection, connections

async def aadd(name):
    mark = "?" if connection.placeholder_style == "?" else "$1"
    await connection.execute(f"INSERT INTO note (name) VALUES ({mark})", [name])

async def anames():
    return [row[0] for row in await connection.fetch("SELECT name FROM note ORDER BY name")]

add, names = bridge.blocking_function(aadd), bridge.blocking_function(anames)
"""

CONFTEST = """
import pytest
from manoir import bridge
from manoir.db import connections
from manoir.testing._databases import allowed

@pytest.fixture(scope="session", autouse=True)
def tables(manoir_test_databases):
    with allowed("__all__"):
        connection = connections["default"]
        bridge.wait(connection.execute("CREATE TABLE IF NOT EXISTS note (name varchar(40))"))
        assert str(connection.settings_dict["NAME"]).count("test") or "kept" in connection.settings_dict["NAME"]
"""

URLS = """
from manoir.http import HttpResponse
from manoir.urls import path
from table import add, aadd, names

async def from_async(request):
    await aadd("async view")
    return HttpResponse("async")

def from_def(request):
    add("def view")
    return HttpResponse(",".join(names()))

urlpatterns = [path("async/", from_async), path("def/", from_def)]
"""

TESTS = """
import os
import urllib.request
import pytest
from manoir import mail
from manoir.conf import settings as project_settings
from manoir.db import connection, transaction
from manoir.exceptions import DatabaseAccessRefused
from table import aadd, add, anames, names

def test_a1_sync(db, client):
    add("test")
    client.get("/async/")
    assert client.get("/def/").content == b"async view,def view,test"

def test_a2_nothing_left(db):
    assert names() == []

async def test_a3_async(db, async_client):
    await aadd("test")
    await async_client.get("/async/")
    assert (await async_client.get("/def/")).content == b"async view,def view,test"

async def test_a4_nothing_left(db):
    assert await anames() == []

@pytest.mark.manoir_db
def test_marked():
    add("marked")
    assert names() == ["marked"]

@pytest.mark.django_db(databases=["default"])
class TestMarkedClass:
    def test_a5_marked_class(self):
        assert names() == []

def test_refused():
    with pytest.raises(DatabaseAccessRefused, match="queried the database 'default' without asking for it. Give the"):
        names()

def test_refused_in_view(client):
    with pytest.raises(DatabaseAccessRefused):
        client.get("/def/")

async def test_refused_in_transaction():
    with pytest.raises(DatabaseAccessRefused):
        async with transaction.atomic():
            pass

def test_durable_block_may_stand_in_test(db):
    with transaction.atomic(durable=True):
        add("durable")

def test_transactional_first(transactional_db):
    with transaction.atomic():
        add("committed")
    assert not connection.in_atomic_block
    assert names() == ["committed"]

def test_transactional_second(transactional_db):
    assert names() == []

@pytest.mark.manoir_db(transaction=True)
def test_transactional_by_mark():
    add("committed")
    assert not connection.in_atomic_block

def test_z_live_server(live_server):
    add("test")
    with urllib.request.urlopen(f"{live_server.url}/def/") as answer:
        assert answer.read() == b"def view,test"
    with urllib.request.urlopen(live_server + "/async/") as answer:
        assert answer.status == 200
    assert names() == ["async view", "def view", "test"]

def test_z_live_server_left_nothing(transactional_db):
    assert names() == []

def test_environment(client, mailoutbox):
    assert project_settings.DEBUG is False
    assert client.get("/nothing/").status_code == 404
    mail.send_mail("Hello", "text", "a@example.com", ["b@example.com"])
    assert [message.subject for message in mailoutbox] == ["Hello"]

def test_mailoutbox_is_empty_again(mailoutbox):
    assert mailoutbox == []

def test_settings_change_1(settings):
    settings.APPEND_SLASH = False
    settings.OWN = 5
    assert (project_settings.APPEND_SLASH, project_settings.OWN) == (False, 5)
    del settings.OWN
    assert not hasattr(settings, "OWN")

def test_settings_change_2_is_over(settings):
    assert settings.APPEND_SLASH is True
    assert not hasattr(project_settings, "OWN")

def test_queries_are_counted(db, client, assert_num_queries):
    with assert_num_queries(1):
        client.get("/async/")
    with assert_num_queries(2) as queries:
        client.get("/def/")
    assert [query["sql"][:6] for query in queries] == ["INSERT", "SELECT"]

def test_commit_functions_run(db, capture_on_commit_callbacks):
    ran = []
    with capture_on_commit_callbacks(execute=True) as callbacks:
        transaction.on_commit(lambda: ran.append(1))
        assert ran == []
    assert (ran, len(callbacks)) == ([1], 1)

def test_factories(rf, async_rf):
    assert rf.get("/x/").path == async_rf.get("/x/").path == "/x/"
"""

CASES = """
from manoir.db import connection, transaction
from manoir.exceptions import DatabaseAccessRefused
from manoir.testing import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from manoir.conf import settings
from table import aadd, add, anames, names
import urllib.request

events = []

class Simple(SimpleTestCase):
    def test_refused(self):
        with self.assertRaises(DatabaseAccessRefused):
            names()

    async def test_async_simple(self):
        self.assertEqual((await self.async_client.get("/nothing/")).status_code, 404)

class Data(TestCase):
    @classmethod
    def setUpTestData(cls):
        add("class data")
        cls.numbers = [1, 2]
        cls.both = {"numbers": cls.numbers}

    def setUp(self):
        add("set up")

    def test_1(self):
        self.numbers.append(3)
        self.assertIs(self.both["numbers"], self.numbers)
        add("test 1")
        self.assertEqual(names(), ["class data", "set up", "test 1"])

    def test_2(self):
        self.assertEqual(self.numbers, [1, 2])
        self.assertEqual(self.client.get("/def/").content, b"class data,def view,set up")

    async def test_3_async(self):
        await aadd("async")
        self.assertEqual((await self.async_client.get("/def/")).content, b"async,class data,def view,set up")

    def test_4_queries(self):
        with self.assertNumQueries(2):
            self.client.get("/def/")
        self.assertNumQueries(1, names)
        self.assertNumQueries(1, anames)
        with self.assertRaisesRegex(AssertionError, "1 queries were sent, where 3 should be. These are:\\n  1. SELECT"):
            self.assertNumQueries(3, names)

    def test_5_commits(self):
        ran = []
        with self.captureOnCommitCallbacks() as waiting:
            with transaction.atomic():
                transaction.on_commit(lambda: ran.append(1))
        self.assertEqual((len(waiting), ran), (1, []))

class AsyncData(TestCase):
    @classmethod
    async def setUpTestData(cls):
        await aadd("async class data")

    async def setUp(self):
        self.found = await anames()
        self.addCleanup(self.clean_up)

    async def clean_up(self):
        events.append("cleaned")

    async def tearDown(self):
        events.append("torn down")

    def test_found(self):
        self.assertEqual(self.found, ["async class data"])

class AfterData(TestCase):
    def test_nothing_is_left(self):
        self.assertEqual(names(), [])
        self.assertEqual(events, ["torn down", "cleaned"])

@override_settings(APPEND_SLASH=False)
class Overridden(SimpleTestCase):
    def test_class(self):
        self.assertIs(settings.APPEND_SLASH, False)

    @override_settings(APPEND_SLASH="method")
    async def test_method(self):
        self.assertEqual(settings.APPEND_SLASH, "method")

    def test_block(self):
        with self.settings(APPEND_SLASH="block"), self.modify_settings(MIDDLEWARE={"append": "x.Y"}):
            self.assertEqual((settings.APPEND_SLASH, settings.MIDDLEWARE), ("block", ["x.Y"]))

class Committing(TransactionTestCase):
    def test_1(self):
        add("committed")
        self.assertFalse(connection.in_atomic_block)
        self.assertEqual(names(), ["committed"])

    def test_2(self):
        self.assertEqual(names(), [])

class Live(LiveServerTestCase):
    def test_page(self):
        add("test")
        with urllib.request.urlopen(self.live_server_url + "/def/") as answer:
            self.assertEqual(answer.read(), b"def view,test")

class Unset(TestCase):
    def test_settings_are_back(self):
        self.assertIs(settings.APPEND_SLASH, True)
"""


@pytest.fixture(scope="module", params=databases.VENDORS)
def shop(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/own.sqlite3"
    else:
        require_postgresql()
        entry = databases.entry("postgresql", f"manoir_testing_{os.getpid()}")
        url = (
            f"postgresql://{entry['USER']}:{entry['PASSWORD']}@{entry['HOST']}:{entry['PORT'] or 5432}/{entry['NAME']}"
        )
    project = Project(folder, url)
    project.write(**{"table.py": TABLE, "conftest.py": CONFTEST, "urls.py": URLS})
    return project


def expected(source):
    return source.count("def test_")


def test_fixtures_marks_and_environment(shop):
    shop.write(**{"test_fixtures.py": TESTS})
    result = shop.run("test_fixtures.py")
    assert set(result.outcomes.values()) == {"passed"}, result
    assert len(result.outcomes) == expected(TESTS)
    assert list(result.outcomes)[-1].startswith("test_z") or "test_transactional" in list(result.outcomes)[-1]
    assert result.status == 0


def test_cases_of_unittest(shop):
    shop.write(**{"test_cases.py": CASES})
    result = shop.run("test_cases.py")
    assert set(result.outcomes.values()) == {"passed"}, result
    assert len(result.outcomes) == expected(CASES)
    assert result.status == 0


async def postgresql_databases():
    import asyncpg

    connection = await asyncpg.connect(require_postgresql())
    try:
        return [row[0] for row in await connection.fetch("SELECT datname FROM pg_database")]
    finally:
        await connection.close()


def test_no_database_is_left_and_the_own_one_was_not_touched(shop):
    if shop.database.startswith("sqlite"):
        assert not (shop.folder / "own.sqlite3").exists()
    else:
        mine = f"manoir_testing_{os.getpid()}"
        assert [name for name in bridge.run(postgresql_databases()) if mine in name] == []


def test_database_is_kept_made_anew_and_named_after_its_worker(tmp_path):
    """`--reuse-db` keeps it, `--create-db` makes it anew, xdist's workers have one each."""
    project = Project(tmp_path, "sqlite:///own.sqlite3")
    project.write(
        **{
            "table.py": TABLE,
            "conftest.py": CONFTEST,
            "more_settings.py": "from shop_settings import *\n"
            "DATABASES['default']['TEST'] = {'NAME': 'kept.sqlite3'}\n",
            "test_it.py": "from table import *\n"
            "def test_rows(transactional_db):\n    print('ROWS', names())\n    add('left')\n",
        }
    )
    assert project.run("--ms", "more_settings", "--reuse-db").status == 0
    kept = tmp_path / "kept.sqlite3"
    with sqlite3.connect(kept) as connection:
        connection.execute("INSERT INTO note VALUES ('of the last run')")
    connection.close()
    assert "ROWS ['of the last run']" in project.run("--ms=more_settings", "--reuse-db").output
    with sqlite3.connect(kept) as connection:
        connection.execute("INSERT INTO note VALUES ('of the last run')")
    connection.close()
    assert "ROWS []" in project.run("--ms=more_settings", "--reuse-db", "--create-db").output
    assert "ROWS []" in project.run("--ms=more_settings", PYTEST_XDIST_WORKER="gw1").output
    assert kept.exists()
    assert not list(tmp_path.glob("*gw1*"))


def test_mistakes_are_explained(tmp_path):
    project = Project(tmp_path, "postgresql://nobody:secret-word@127.0.0.1:9/none")
    project.write(**{"test_it.py": "def test_it(db): pass\n"})
    result = project.run()
    assert result.outcomes == {"test_it": "error"}
    assert "127.0.0.1" in result.output
    assert "secret-word" not in result.output
    wrong = project.run("--ms", "no_such_settings")
    assert wrong.status == 4
    assert "no_such_settings" in wrong.output
    assert "INTERNALERROR" not in wrong.output


def test_wrong_alias_is_explained(tmp_path):
    project = Project(tmp_path, "sqlite:///own.sqlite3")
    project.write(
        **{
            "test_it.py": "import pytest\n"
            "@pytest.mark.manoir_db(databases=['defualt'])\ndef test_it(): pass\n"
            "def test_broken_module(): pass\n",
            "broken_settings.py": "from shop_settings import *\nINSTALLED_APPS = ['broken']\n",
            "broken/__init__.py": "",
            "broken/models.py": "import nothing_of_that_name\n",
        }
    )
    result = project.run()
    assert result.outcomes["test_it"] == "error"
    assert "asks for the database 'defualt', which DATABASES does not have. Did you mean 'default'?" in result.output
    broken = project.run("--ms=broken_settings")
    assert "nothing_of_that_name" in broken.output
    assert "INTERNALERROR" not in broken.output


def test_two_databases_and_a_mirror(tmp_path):
    project = Project(tmp_path, "sqlite:///own.sqlite3")
    project.write(
        **{
            "many_settings.py": "from shop_settings import *\n"
            "DATABASES['other'] = {'ENGINE': 'manoir.db.sqlite', 'NAME': 'other.sqlite3'}\n"
            "DATABASES['replica'] = {'ENGINE': 'manoir.db.sqlite', 'NAME': 'r.sqlite3', 'TEST': {'MIRROR': 'default'}}\n",
            "test_it.py": """
import pytest
from manoir import bridge
from manoir.db import connections
from manoir.exceptions import DatabaseAccessRefused
from manoir.testing import TestCase

def query(alias, sql):
    return bridge.wait(connections[alias].fetch(sql))

def test_mirror_shares_the_transaction(db):
    query("default", "CREATE TABLE a (id integer)")
    query("default", "INSERT INTO a VALUES (1)")
    assert [tuple(row) for row in query("replica", "SELECT id FROM a")] == [(1,)]
    with pytest.raises(Exception, match="no such table"):
        query("other", "SELECT id FROM a")

class OnlyOther(TestCase):
    databases = ["other"]

    def test_default_refuses(self):
        query("other", "SELECT 1")
        with self.assertRaises(DatabaseAccessRefused):
            query("default", "SELECT 1")

class All(TestCase):
    databases = "__all__"

    def test_all(self):
        assert [query(alias, "SELECT 1")[0][0] for alias in connections] == [1, 1, 1]
""",
        }
    )
    result = project.run("--ms=many_settings")
    assert result.outcomes == {
        "test_mirror_shares_the_transaction": "passed",
        "OnlyOther::test_default_refuses": "passed",
        "All::test_all": "passed",
    }, result


def test_without_a_project_the_plugin_only_runs_async_tests(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import asyncio, sys\n"
        "async def test_it():\n    assert await asyncio.sleep(0, 5) == 5\n"
        "def test_light():\n"
        "    heavy = {'manoir.db', 'manoir.http', 'manoir.server', 'sqlalchemy', 'granian', 'rich', 'asyncpg'}\n"
        "    assert heavy & set(sys.modules) == set()\n"
        "def test_suites_alone_are_rewritten():\n"
        "    import manoir.db, manoir.db.compliance\n"
        "    kinds = [type(module.__loader__).__name__ for module in (manoir.db, manoir.db.compliance)]\n"
        "    assert kinds == ['SourceFileLoader', 'AssertionRewritingHook']\n"
    )
    done = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path)
    assert "3 passed" in done.stdout, done.stdout


def test_test_case_outside_of_the_plugin_names_the_runner(tmp_path):
    project = Project(tmp_path, "sqlite:///own.sqlite3")
    (tmp_path / "test_it.py").write_text(
        "from manoir import setup\nsetup()\nfrom manoir.testing import TestCase\n"
        "class It(TestCase):\n    def test_it(self):\n        pass\n"
    )
    environment = {"MANOIR_SETTINGS_MODULE": "shop_settings", "SHOP_DATABASE": project.database}
    done = run([sys.executable, "-m", "unittest", "test_it"], tmp_path, **environment)
    assert "There is no test database: tests that need one are run by `manoir test`" in done.stderr
    assert not (tmp_path / "own.sqlite3").exists()


@pytest.mark.parametrize("vendor", databases.VENDORS)
@pytest.mark.parametrize("migrate", [True, False])
def test_tables_of_apps_without_migrations_are_made(tmp_path, vendor, migrate):
    url = "sqlite:///own.sqlite3"
    if vendor == "postgresql":
        url = f"{require_postgresql().rpartition('/')[0]}/manoir_testing_{os.getpid()}"
    project = Project(tmp_path, url)
    project.write(
        **{
            "apps_settings.py": "from shop_settings import *\nINSTALLED_APPS = ['orders']\n"
            f"DATABASES['default']['TEST'] = {{'MIGRATE': {migrate}}}\n",
            "orders/__init__.py": "",
            "orders/models.py": """
from manoir import models

class Order(models.Model):
    customer = models.ForeignKey("Customer", on_delete=models.CASCADE)
    tags = models.ManyToManyField("Tag")

class Customer(models.Model):
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True)

class Tag(models.Model):
    name = models.CharField(max_length=10)
""",
            "test_it.py": """
from orders.models import Customer, Order, Tag

def test_it(db):
    order = Order.objects.create(customer=Customer.objects.create())
    order.tags.add(Tag.objects.create(name="x"))
    assert [tag.name for tag in Order.objects.get().tags.all()] == ["x"]
""",
        }
    )
    result = project.run("--ms=apps_settings")
    assert result.outcomes == {"test_it": "passed"}, result
