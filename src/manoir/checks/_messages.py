"""What a check finds."""

from __future__ import annotations

from typing import Any

from manoir.conf import settings

DEBUG = 10
INFO = 20
WARNING = 30
ERROR = 40
CRITICAL = 50

NAMES = {DEBUG: "DEBUG", INFO: "INFO", WARNING: "WARNING", ERROR: "ERROR", CRITICAL: "CRITICAL"}


class CheckMessage:
    """One finding of a check.

    Args:
        level: how bad it is: DEBUG, INFO, WARNING, ERROR or CRITICAL of this room.
        msg: what is wrong, in one sentence.
        hint: what to do; None when that is plain.
        obj: what it is about (a model, a field, an app, a name); shown before the message.
        id: stable name such as "manoir.models.E001", by which the message can be silenced.

    Example:
        >>> print(CheckMessage(WARNING, "The door is open.", hint="Close it.", obj="cellar", id="house.W001"))
        cellar: (house.W001) The door is open.
            HINT: Close it.
    """

    def __init__(self, level: int, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        if not isinstance(level, int):
            raise TypeError(f"The level of a check message must be a number such as ERROR, not {level!r}.")
        self.level = level
        self.msg = msg
        self.hint = hint
        self.obj = obj
        self.id = id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CheckMessage) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((self.level, self.msg, self.id))

    def __str__(self) -> str:
        id_part = f"({self.id}) " if self.id else ""
        hint = f"\n    HINT: {self.hint}" if self.hint else ""
        return f"{describe(self.obj)}: {id_part}{self.msg}{hint}"

    def __repr__(self) -> str:
        values = f"level={self.level!r}, msg={self.msg!r}, hint={self.hint!r}, obj={self.obj!r}, id={self.id!r}"
        return f"<{type(self).__name__}: {values}>"

    @property
    def level_name(self) -> str:
        """Name of the level, such as "ERROR"."""
        return NAMES.get(self.level, str(self.level))

    def is_serious(self, level: int = ERROR) -> bool:
        """Tell whether this is as bad as `level`, or worse."""
        return self.level >= level

    def is_silenced(self) -> bool:
        """Tell whether SILENCED_SYSTEM_CHECKS names its id."""
        return self.id is not None and self.id in settings.SILENCED_SYSTEM_CHECKS

    def _values(self) -> tuple[Any, ...]:
        return self.level, self.msg, self.hint, self.obj, self.id


def describe(obj: Any) -> str:
    """Name what a message is about: models by label, fields by model and name, the rest by their text."""
    if obj is None:
        return "?"
    meta = getattr(obj, "_meta", None)
    label = getattr(meta, "label", None)
    return label if isinstance(label, str) else str(obj)


class Debug(CheckMessage):
    """Not a problem; for whoever looks closely."""

    def __init__(self, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        super().__init__(DEBUG, msg, hint, obj, id)


class Info(CheckMessage):
    """Worth knowing."""

    def __init__(self, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        super().__init__(INFO, msg, hint, obj, id)


class Warning(CheckMessage):
    """Works, but should be changed."""

    def __init__(self, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        super().__init__(WARNING, msg, hint, obj, id)


class Error(CheckMessage):
    """Does not work; commands stop."""

    def __init__(self, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        super().__init__(ERROR, msg, hint, obj, id)


class Critical(CheckMessage):
    """Does harm; commands stop."""

    def __init__(self, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        super().__init__(CRITICAL, msg, hint, obj, id)
