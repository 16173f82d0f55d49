"""The models of the Django contender."""

from django.db import models


class Author(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2)

    class Meta:
        db_table = "author"


class Tag(models.Model):
    id = models.BigAutoField(primary_key=True)
    label = models.CharField(max_length=40)

    class Meta:
        db_table = "tag"
        ordering = ["id"]


class Book(models.Model):
    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=200)
    pages = models.IntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    published = models.DateField()
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag, db_table="book_tags")

    class Meta:
        db_table = "book"


class Note(models.Model):
    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=200)
    number = models.IntegerField()

    class Meta:
        db_table = "note"
