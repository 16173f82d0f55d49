"""The field of the examples: a colour, kept as six hexadecimal digits."""

from dataclasses import dataclass

from manoir import models
from manoir.exceptions import ValidationError


@dataclass(frozen=True)
class Colour:
    red: int
    green: int
    blue: int

    @classmethod
    def from_hex(cls, text):
        return cls(*bytes.fromhex(text.removeprefix("#")))

    def __str__(self):
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


class ColourField(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 7
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def to_python(self, value):
        if value is None or isinstance(value, Colour):
            return value
        try:
            return Colour.from_hex(str(value))
        except (TypeError, ValueError):
            raise ValidationError("Write a colour as #rrggbb.", code="colour") from None

    def from_db_value(self, value, expression, connection):
        return None if value is None else Colour.from_hex(value)

    def get_prep_value(self, value):
        return None if value is None else str(self.to_python(value))
