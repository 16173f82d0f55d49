"""Collects the lines of one Python function: indentation, locals, and text on its way to the output."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.templates._lexer import Token
    from manoir.templates._module import Line, Module


class Writer:
    """Writes lines, and joins text and values that follow each other into one append to the output.

    Args:
        module: what the function becomes part of.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.unit = module.unit
        self.lines: list[Line] = []
        self.prologue: list[str] = []
        self.parts: list[tuple[bool, str]] = []  # (is a value, text or expression)
        self.depth = 1
        self.blocks = 0
        self.temps = 0
        self.token: Token | None = None
        self.buffer = "out"
        self.write = "w"

    def line(self, code: str) -> None:
        self.lines.append((self.depth, code, self.token))

    def statement(self, code: str) -> None:
        """Write a line that must come after all text so far."""
        self.flush()
        self.line(code)

    @contextmanager
    def indented(self, head: str, block: bool = False) -> Generator[None]:
        """Write `head` and indent what follows; `block` for `for`, `try` and `with`, which Python nests 20 deep."""
        self.statement(head)
        self.depth += 1
        self.blocks += block
        start = len(self.lines)
        yield
        self.flush()
        if len(self.lines) == start:
            self.line("pass")
        self.depth -= 1
        self.blocks -= block

    @contextmanager
    def unflushed(self, head: str) -> Generator[None]:
        """Write `head` and indent what follows, which writes no output; text so far may still be joined with later text."""
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def guarded(self, before: str, after: str) -> Generator[None]:
        """Run `after` whatever happens in between."""
        self.statement(before)
        with self.indented("try:", block=True):
            yield
        with self.indented("finally:"):
            self.line(after)

    def temp(self) -> str:
        self.temps += 1
        return f"t{self.temps}"

    def once(self, code: str, prefix: str = "y") -> str:
        """Evaluate code at the top of the function and return the local that holds it."""
        self.temps += 1
        name = f"{prefix}{self.temps}"
        self.prologue.append(f"{name} = {code}")
        return name

    def constant(self, value: Any) -> str:
        return self.module.constant(value)

    def shared(self, code: str, prefix: str) -> str:
        """Return the local that holds `code`, evaluated once at the top of the function."""
        for line in self.prologue:
            name, _, rest = line.partition(" = ")
            if rest == code:
                return name
        return self.once(code, prefix)

    # -- output ------------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Write text as it is."""
        if self.parts and not self.parts[-1][0]:
            self.parts[-1] = (False, self.parts[-1][1] + text)
        elif text:
            self.parts.append((False, text))

    def string(self, name: str) -> None:
        """Write a local that holds a `str` (or an int) as it is."""
        self.parts.append((True, name))

    def flush(self) -> None:
        """Append everything collected to the output, in one piece."""
        if not self.parts:
            return
        pieces = [f"f'{{{part}}}'" if is_value else repr(part) for is_value, part in self.parts]
        self.parts = []
        self.line(f"{self.write}({' '.join(pieces)})")

    @contextmanager
    def captured(self) -> Generator[str]:
        """Collect what is written inside; the local that is given holds it as `str` afterwards."""
        self.flush()
        outer = self.buffer, self.write
        result = self.temp()
        self.buffer, self.write = f"o{result}", f"w{result}"
        self.line(f"{self.buffer} = []; {self.write} = {self.buffer}.append")
        yield result
        self.flush()
        self.line(f"{result} = ''.join({self.buffer})")
        self.buffer, self.write = outer
