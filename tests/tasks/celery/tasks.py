"""What the workers of these tests know: the tasks of the suite, and those whose effects can be counted."""

from manoir.tasks import compliance
from tests.tasks import effects

__all__ = ["compliance", "effects"]
