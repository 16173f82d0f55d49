"""Generic foreign keys and relations, as a type checker sees them."""

from __future__ import annotations

from typing import Any, assert_type

from manoir import models
from manoir.contenttypes import ContentType, GenericForeignKey, GenericPrefetch, GenericRelatedManager, GenericRelation


class Label(models.Model):
    text = models.CharField(max_length=50)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey("content_type", "object_id")


class Shelf(models.Model):
    name = models.CharField(max_length=50)
    labels = GenericRelation(Label, related_query_name="shelf")
    late = GenericRelation(lambda: Late)


class Late(models.Model):
    text = models.CharField(max_length=50)


async def uses() -> None:
    shelf = await Shelf.objects.acreate(name="s")
    assert_type(shelf.labels, GenericRelatedManager[Label])
    assert_type(await shelf.labels.acreate(text="x"), Label)
    assert_type([label async for label in shelf.labels.filter(text="x")], list[Label])
    assert_type(await shelf.labels.acount(), int)
    await shelf.labels.aadd(Label(text="y"), bulk=False)
    label = await Label.objects.prefetch_related(GenericPrefetch("content_object", [Shelf.objects.all()])).aget()
    assert_type(label.content_type, ContentType)
    target: Any = label.content_object
    label.content_object = target
    assert_type(shelf.late, GenericRelatedManager[Late])
