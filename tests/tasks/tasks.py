"""What workers find when they look for the tasks of the app `tests.tasks`."""

from tests.tasks import effects

__all__ = ["effects"]
