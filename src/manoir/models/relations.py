"""What rooms and packages need that bring relations of their own, as `manoir.contenttypes` does.

A relation of its own is a private field of its model (`_meta.add_private_field`), not a column. It is asked for:

- `name`, `attname`, `concrete`, `is_relation`, `many_to_many`, `one_to_many`, `one_to_one`, `many_to_one`, `auto_created`;
- `aload_for(instances, querysets=None, to_attr=None)`, where it leads to one row: it loads for all instances at once;
- `make_side()`, where it leads to many: it answers a `ManySide`, on which related managers and prefetching stand;
- `make_hops()`, where queries may use it under a name given to `_meta.add_query_name`;
- `rows_of(instances, alias)`, where rows go when the instance goes;
- `apre_save(instance, add)`, where it has to wait before a row is written.
"""

from __future__ import annotations

from manoir.models._bound_managers import BoundManager, made_manager
from manoir.models._class_columns import class_attribute
from manoir.models._descriptors import RelationDescriptor
from manoir.models._linked import acreate_linked, relates_plainly
from manoir.models._many_side import ManySide
from manoir.models._peers import afetched, alias_of, chunks, load
from manoir.models._resolving import when_found
from manoir.models._shape import Column, Hop, OfType, TypedBy
from manoir.models._state import is_model

__all__ = [
    "BoundManager",
    "Column",
    "Hop",
    "ManySide",
    "OfType",
    "RelationDescriptor",
    "TypedBy",
    "acreate_linked",
    "afetched",
    "alias_of",
    "chunks",
    "class_attribute",
    "is_model",
    "load",
    "made_manager",
    "relates_plainly",
    "when_found",
]
