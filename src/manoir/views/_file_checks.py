"""Checks of where uploaded files lie: private ones within reach of a web server, links that nobody answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manoir.apps import apps
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, Resolver404
from manoir.models import FileField
from manoir.storage import (
    DEFAULT_STORAGE_ALIAS,
    FileSystemStorage,
    PrivateFileSystemStorage,
    default_storage,
    private_storage,
    storages,
)
from manoir.uploads import configured_scanner
from manoir.urls import resolve


def fields_in(storage: Any) -> list[Any]:
    """The fields of models whose files lie in a storage of the settings."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField) and field.storage == storage
    ]


def private_fields() -> list[Any]:
    """The fields of models whose files lie in the private storage."""
    return fields_in(private_storage)


@register(Tags.files)
def check_media_root(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find files that land among the code: a visitor's `conftest.py` would be run by the next test."""
    storage = storages[DEFAULT_STORAGE_ALIAS]
    if not isinstance(storage, FileSystemStorage) or str(storage.base_location):
        return []
    return [
        Warning(
            "MEDIA_ROOT is not set, so files are stored in the directory that the process was started in, among its code.",
            hint="Set MEDIA_ROOT to a directory of their own, such as BASE_DIR / 'media'.",
            obj=field,
            id="manoir.views.W014",
        )
        for field in fields_in(default_storage)[:1]
    ]


@register(Tags.files)
def check_private_root(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find private files that lie where public ones are served from."""
    storage = storages["private"]
    if not isinstance(storage, PrivateFileSystemStorage):
        return []
    try:
        private = Path(storage.location).resolve()
    except ImproperlyConfigured:
        if not private_fields():
            return []
        return [
            Error(
                "There are private files, but no place for them.",
                hint="Set PRIVATE_MEDIA_ROOT, or MEDIA_ROOT.",
                obj=private_fields()[0],
                id="manoir.views.E010",
            )
        ]
    public = {name: Path(root).resolve() for name in ("MEDIA_ROOT", "STATIC_ROOT") if (root := getattr(settings, name))}
    return [
        Error(
            f"The private files in {str(private)!r} lie in {name}, from which everybody is served.",
            hint="Set PRIVATE_MEDIA_ROOT to a directory beside it.",
            id="manoir.views.E011",
        )
        for name, root in public.items()
        if private == root or root in private.parents
    ]


@register(Tags.files)
def check_private_links(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find private files whose links no URL pattern answers."""
    fields = private_fields()
    if not fields or not settings.ROOT_URLCONF or "//" in settings.PRIVATE_MEDIA_URL:
        return []
    try:
        resolve(f"/{settings.PRIVATE_MEDIA_URL.strip('/')}/name")
    except Resolver404:
        return [
            Warning(
                f"No URL pattern answers below PRIVATE_MEDIA_URL ({settings.PRIVATE_MEDIA_URL!r}), so links to private "
                "files lead nowhere.",
                hint="Add `*media_urls()` of manoir.views to urlpatterns.",
                obj=fields[0],
                id="manoir.views.W012",
            )
        ]
    return []


@register(Tags.files)
def check_scanner(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find an UPLOAD_SCANNER that cannot be used; without this the first upload would say so."""
    try:
        configured_scanner()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="manoir.views.E013")]
    return []
