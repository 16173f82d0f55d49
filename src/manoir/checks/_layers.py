"""Which layers MIDDLEWARE has, subclasses of a project's own counted as what they derive from."""

from __future__ import annotations

import inspect

from manoir.conf import import_string, settings

SECURITY = "manoir.middleware.SecurityMiddleware"
COMMON = "manoir.middleware.CommonMiddleware"
CONDITIONAL = "manoir.middleware.ConditionalGetMiddleware"
GZIP = "manoir.middleware.GZipMiddleware"
LOCALE = "manoir.middleware.LocaleMiddleware"
FRAMES = "manoir.middleware.XFrameOptionsMiddleware"
POLICY = "manoir.middleware.ContentSecurityPolicyMiddleware"
UPDATE_CACHE = "manoir.middleware.UpdateCacheMiddleware"
FETCH_CACHE = "manoir.middleware.FetchFromCacheMiddleware"
CSRF = "manoir.security.CsrfViewMiddleware"
SESSIONS = "manoir.sessions.SessionMiddleware"
USERS = "manoir.auth.AuthenticationMiddleware"
LOGIN_REQUIRED = "manoir.auth.LoginRequiredMiddleware"
REMOTE_USER = "manoir.auth.RemoteUserMiddleware"
MESSAGES = "manoir.messages.MessageMiddleware"


class Layers:
    """The entries of MIDDLEWARE by what they are.

    Attributes:
        places: the first place of each name: dotted paths, and what their classes derive from.
        missing: what cannot be imported, by its dotted path.
    """

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.missing: dict[str, ImportError] = {}
        for place, path in enumerate(settings.MIDDLEWARE):
            for name in self._names(path):
                self.places.setdefault(name, place)

    def __contains__(self, name: str) -> bool:
        return name in self.places

    def before(self, first: str, second: str) -> bool:
        """Tell whether `first` stands outside of `second`."""
        return self.places[first] < self.places[second]

    def _names(self, path: str) -> set[str]:
        try:
            layer = import_string(path)
        except ImportError as error:
            self.missing[path] = error
            return {path}
        return {path, *bases(layer)} if inspect.isclass(layer) else {path}


def bases(layer: type) -> set[str]:
    """Return the doors' names of the classes of manoir that a class derives from."""
    return {
        f"{base.__module__.partition('._')[0]}.{base.__qualname__}"
        for base in layer.__mro__
        if base.__module__.startswith("manoir.")
    }
