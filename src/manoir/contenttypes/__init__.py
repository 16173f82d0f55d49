"""Content types: one row for each model of the project, so that rows can say which model they mean.

The room's map:

- `models`: `ContentType` (table `django_content_type`) and its manager, which remembers what it has read.
- `_creation`: makes the rows after `migrate`, and finds those whose models are gone.
- `_foreign_key`: `GenericForeignKey`, from a row to a row of any model; `_prefetch`: `GenericPrefetch`.
- `_relation`, `_managers`: `GenericRelation`, the way back, and its manager.
- `_checks`: generic keys whose fields are missing.
- `management/commands/remove_stale_contenttypes`.
"""

from __future__ import annotations

from manoir.contenttypes import _checks as _checks
from manoir.contenttypes._creation import acreate_contenttypes, create_contenttypes
from manoir.contenttypes._foreign_key import GenericForeignKey
from manoir.contenttypes._managers import GenericRelatedManager
from manoir.contenttypes._prefetch import GenericPrefetch
from manoir.contenttypes._relation import GenericRelation
from manoir.contenttypes.models import ContentType, ContentTypeManager

__all__ = [
    "ContentType",
    "ContentTypeManager",
    "GenericForeignKey",
    "GenericPrefetch",
    "GenericRelatedManager",
    "GenericRelation",
    "acreate_contenttypes",
    "create_contenttypes",
]
