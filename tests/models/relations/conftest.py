from tests.models.colours import do, library

__all__ = ["do", "library"]
