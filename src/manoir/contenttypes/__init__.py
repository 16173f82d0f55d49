"""Content types: one row for each model of the project, so that rows can say which model they mean.

The room's map:

- `models`: `ContentType` (table `django_content_type`) and its manager, which remembers what it has read.
- `_creation`: makes the rows after `migrate`.
"""

from __future__ import annotations

from manoir.contenttypes._creation import acreate_contenttypes, create_contenttypes
from manoir.contenttypes.models import ContentType, ContentTypeManager

__all__ = ["ContentType", "ContentTypeManager", "acreate_contenttypes", "create_contenttypes"]
