"""Workshops, their people and tools: each kind of field and relation that a form of the admin shows."""

from __future__ import annotations

import uuid
from typing import ClassVar

from manoir import models
from manoir.contenttypes import ContentType, GenericForeignKey, GenericRelation


class SecretField(models.CharField):
    """A column that nobody may see."""

    secret: ClassVar[bool] = True


class Rank(models.TextChoices):
    APPRENTICE = "a", "Apprentice"
    JOURNEYMAN = "j", "Journeyman"
    MASTER = "m", "Master"


class Guild(models.Model):
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    motto = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "atelier"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=100, help_text="As on the letter.")
    email = models.EmailField(blank=True)
    bio = models.TextField(blank=True)
    born = models.DateField(null=True, blank=True)
    joined = models.DateTimeField(null=True, blank=True)
    starts = models.TimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    known = models.BooleanField(null=True, blank=True)
    rank = models.CharField(max_length=1, choices=Rank.choices, default=Rank.APPRENTICE)
    website = models.URLField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    number = models.UUIDField(default=uuid.uuid4, editable=False)
    pay = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    token = SecretField(max_length=50, default="hush-hush")
    guild = models.ForeignKey(Guild, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")

    class Meta:
        app_label = "atelier"
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/people/{self.pk}/"

    @property
    def greeting(self):
        return f"Good day, {self.name}"


class Skill(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "atelier"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Workshop(models.Model):
    name = models.CharField(max_length=100)
    town = models.CharField(max_length=100, blank=True)
    guild = models.ForeignKey(Guild, on_delete=models.CASCADE, null=True, blank=True)
    keeper = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="keeps")
    patron = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="supports")
    skills = models.ManyToManyField(Skill, blank=True)
    friends = models.ManyToManyField(Person, blank=True, related_name="befriends")
    remarks = GenericRelation("atelier.Remark")

    class Meta:
        app_label = "atelier"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "town"], name="atelier_workshop_name_town")]

    def __str__(self):
        return self.name


class Tool(models.Model):
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        app_label = "atelier"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "name"], name="atelier_tool_name")]

    def __str__(self):
        return self.name


class Visit(models.Model):
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE)
    guest = models.ForeignKey(Person, on_delete=models.CASCADE)
    day = models.DateField()
    note = models.TextField(blank=True)

    class Meta:
        app_label = "atelier"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.day}"


class Oath(models.Model):
    """Nobody who swore one can be deleted."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    text = models.CharField(max_length=100)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return self.text


class Repair(models.Model):
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE)
    cost = models.IntegerField(default=0)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return f"repair {self.pk}"


class Pledge(models.Model):
    """A tool that is pledged goes with its workshop, not alone."""

    tool = models.ForeignKey(Tool, on_delete=models.RESTRICT)
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return f"pledge {self.pk}"


class Country(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return self.name


class Remark(models.Model):
    """About anything."""

    text = models.CharField(max_length=100)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey()

    class Meta:
        app_label = "atelier"
        ordering = ["pk"]

    def __str__(self):
        return self.text


class Sheet(models.Model):
    """A file and a picture."""

    title = models.CharField(max_length=50)
    paper = models.FileField(upload_to="papers", blank=True)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return self.title


class Seal(models.Model):
    """Points to another field than the key."""

    guild = models.ForeignKey(Guild, on_delete=models.CASCADE, to_field="slug")
    text = models.CharField(max_length=20, blank=True)

    class Meta:
        app_label = "atelier"

    def __str__(self):
        return self.text
