"""Rows that point to rows of any model, for tests of generic relations."""

from __future__ import annotations

import uuid

from manoir import models
from manoir.contenttypes import ContentType, GenericForeignKey, GenericRelation


class Label(models.Model):
    text = models.CharField(max_length=50)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="label_target")]


class Note(models.Model):
    """Its key is text, so that it can point to rows with keys of every kind; it may point nowhere."""

    body = models.CharField(max_length=50)
    kind = models.ForeignKey(ContentType, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=50, null=True)
    subject = GenericForeignKey("kind", "key", for_concrete_model=False)

    class Meta:
        ordering = ["id"]


class Labelled(models.Model):
    name = models.CharField(max_length=50)
    labels = GenericRelation(Label)

    class Meta:
        abstract = True
        ordering = ["id"]


class Shelf(models.Model):
    name = models.CharField(max_length=50)
    labels = GenericRelation("labels.Label", related_query_name="shelf")
    notes = GenericRelation(lambda: Note, "key", "kind", for_concrete_model=False, related_query_name="shelf")

    class Meta:
        ordering = ["id"]


class RedShelf(Shelf):
    class Meta:
        proxy = True


class Item(models.Model):
    name = models.CharField(max_length=50)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="items")
    labels = GenericRelation(Label, related_query_name="item")

    class Meta:
        ordering = ["id"]


class Box(Labelled):
    pass


class Gadget(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=50)
    notes = GenericRelation(Note, "key", "kind", for_concrete_model=False)
