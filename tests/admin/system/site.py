"""An admin with the pages of tasks and caches, and tasks to show on them."""

from __future__ import annotations

from manoir import admin
from manoir.admin._cache_page import register_cache_page
from manoir.admin._task_pages import register_task_pages
from manoir.tasks import task
from manoir.urls import path

site = admin.AdminSite(name="admin")
register_task_pages(site)
register_cache_page(site)
urlpatterns = [path("admin/", site.urls)]


@task
async def greet(name: str) -> str:
    return f"Hello {name}"


@task
async def stumble(reason: str) -> None:
    raise ValueError(reason)


@task
async def look_around() -> None: ...
