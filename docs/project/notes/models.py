"""Notes about anything: a generic foreign key, and the relation back from shelves."""

from manoir import models
from manoir.contenttypes import ContentType, GenericForeignKey, GenericRelation


class Note(models.Model):
    text = models.CharField(max_length=200)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("content_type", "object_id")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="note_about")]


class Shelf(models.Model):
    name = models.CharField(max_length=100)
    notes = GenericRelation(Note, related_query_name="shelf")
