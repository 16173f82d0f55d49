from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manoir.admin import LogEntry
from manoir.tasks import TaskResultStatus
from manoir.testing import CaptureQueriesContext, Client, run_tasks
from tests.admin.system.site import greet, look_around, stumble

Staff = Callable[..., Client]
PATH = "/admin/tasks/"


def test_the_page_shows_queues_schedules_and_tasks(staff: Staff) -> None:
    greet.enqueue("Ada")
    greet.using(queue_name="mail", run_after=3600).enqueue("Bob")
    bad = stumble.enqueue("<script>alert(1)</script>")
    run_tasks()
    page = staff().get(PATH).text
    assert f"?task={bad.id}" in page
    assert "look around" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "mail" in page


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("", {"greet", "stumble"}),
        ("failed", {"stumble"}),
        ("successful", {"greet"}),
        ("ready", set()),
        ("running", set()),
    ],
)
def test_tasks_by_status(staff: Staff, status: str, names: set[str]) -> None:
    greet.enqueue("Ada")
    stumble.enqueue("no")
    run_tasks()
    rows = staff().get(f"{PATH}?status={status}").context["rows"]
    assert {row.name.rpartition(".")[2] for row in rows} == names


def test_tasks_by_name_and_page_by_page(staff: Staff) -> None:
    greet.enqueue_many([(f"person {number}",) for number in range(70)])
    stumble.enqueue("no")
    client = staff()
    first = client.get(f"{PATH}?q=tests.admin.system.site.greet").context
    second = client.get(f"{PATH}?q=tests.admin.system.site.greet&after={first['after']}").context
    assert (len(first["rows"]), len(second["rows"]), second["after"]) == (50, 20, None)
    assert not {row.id for row in first["rows"]} & {row.id for row in second["rows"]}


def test_one_task_with_its_arguments_and_error(staff: Staff) -> None:
    result = stumble.enqueue("out of <paper>")
    run_tasks()
    page = staff().get(f"{PATH}?task={result.id}").text
    assert "<h2>ValueError</h2>" in page
    assert "out of &lt;paper&gt;" in page
    assert "Traceback" in page


def test_failed_tasks_are_repeated_and_waiting_ones_cancelled(staff: Staff) -> None:
    bad, later = stumble.enqueue("no"), greet.using(run_after=3600).enqueue("Ada")
    run_tasks()
    client = staff()
    answer = client.post(PATH, {"action": "retry", "id": [bad.id, later.id]}, follow=True)
    assert "1 task waits again. The others" in answer.text
    client.post(PATH, {"action": "cancel", "id": later.id})
    bad.refresh()
    later.refresh()
    assert (bad.status, later.status) == (TaskResultStatus.READY, TaskResultStatus.CANCELLED)
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Repeated.", "Cancelled."]


def test_a_schedule_is_run_by_hand(staff: Staff) -> None:
    client = staff()
    client.post(PATH, {"action": "run", "schedule": "look around"})
    rows = client.get(f"{PATH}?status=ready").context["rows"]
    assert [row.name for row in rows] == [look_around.full_name]
    assert "no such schedule" in client.post(PATH, {"action": "run", "schedule": "os.system"}, follow=True).text


def test_who_may_only_look_changes_nothing(staff: Staff) -> None:
    """H03: permission is asked on the server, not by the buttons alone."""
    later = greet.using(run_after=3600).enqueue("Ada")
    client = staff("view_queuedtask")
    page = client.get(PATH)
    assert 'value="cancel"' not in page.text
    for sent in ({"action": "cancel", "id": later.id}, {"action": "run", "schedule": "look around"}):
        assert client.post(PATH, sent).status_code == 403
    later.refresh()
    assert later.status == TaskResultStatus.READY


def test_who_may_not_look_sees_nothing(staff: Staff) -> None:
    client = staff("view_book")
    assert client.get(PATH).status_code == 403
    assert PATH not in client.get("/admin/").text


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "delete", "id": "x"},
        {"action": "cancel"},
        {"action": "cancel", "id": ["", "x" * 500, "'; --"]},
        {"action": "__class__", "id": "1"},
    ],
)
def test_forged_actions_do_nothing(staff: Staff, sent: dict[str, Any]) -> None:
    """C11, H45."""
    later = greet.using(run_after=3600).enqueue("Ada")
    assert staff().post(PATH, sent).status_code == 302
    later.refresh()
    assert later.status == TaskResultStatus.READY


@pytest.mark.parametrize("query", ["status=nope", "after=x", "task=x", "task=" + "9" * 300, "backend=other"])
def test_addresses_that_mean_nothing_are_404(staff: Staff, query: str) -> None:
    assert staff().get(f"{PATH}?{query}").status_code == 404


def test_a_get_changes_nothing(staff: Staff) -> None:
    """M17."""
    later = greet.using(run_after=3600).enqueue("Ada")
    staff().get(f"{PATH}?action=cancel&id={later.id}")
    later.refresh()
    assert later.status == TaskResultStatus.READY


def test_the_page_costs_as_many_queries_for_one_task_as_for_fifty(staff: Staff, database: Any) -> None:
    client = staff()
    greet.enqueue("one")
    with CaptureQueriesContext(database) as few:
        client.get(PATH)
    for number in range(60):
        greet.using(queue_name=("default", "mail")[number % 2]).enqueue(str(number))
    for address in (PATH, f"{PATH}?status=ready", f"{PATH}?status=failed&q=tests"):
        with CaptureQueriesContext(database) as many:
            client.get(address)
        assert len(few) == len(many)
        assert sum("manoir_task" in query["sql"] for query in many.captured_queries) <= 4  # and those of people
