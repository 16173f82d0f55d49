"""Rows with natural keys, in both colours, and with every kind of field."""

from __future__ import annotations

import uuid
from typing import Any

from manoir import models


class CountryManager(models.Manager[Any]):
    def get_by_natural_key(self, code: str) -> Any:
        return self.get(code=code)


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=40)
    objects = CountryManager()

    class Meta:
        ordering = ["code"]

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class PersonManager(models.Manager[Any]):
    async def aget_by_natural_key(self, name: str, country: str) -> Any:
        return await self.aget(name=name, country__code=country)


class Person(models.Model):
    name = models.CharField(max_length=40)
    country = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="people")
    teacher = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="pupils")
    friends = models.ManyToManyField("self", symmetrical=False, related_name="admirers")
    visited = models.ManyToManyField(Country, related_name="visitors")
    objects = PersonManager()

    class Meta:
        unique_together = [("name", "country")]

    def natural_key(self) -> tuple[str, ...]:
        return (self.name, *self.country.natural_key())  # reads a relation: it may wait

    natural_key.dependencies = ["archive.country"]  # type: ignore[attr-defined]


class OpenManager(models.Manager[Any]):
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(is_open=True)


class Paper(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=60)
    is_open = models.BooleanField(default=True)
    authors = models.ManyToManyField(Person, related_name="papers")
    cites = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
    pin = models.CharField(max_length=8, default="")
    changed = models.DateTimeField(auto_now=True)
    objects = OpenManager()

    pin.secret = True  # type: ignore[attr-defined]


class OpenPaper(Paper):
    class Meta:
        proxy = True
