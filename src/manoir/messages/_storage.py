"""Where messages wait for the page that shows them: in a signed cookie, in the session, or in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from manoir.bridge import blocking
from manoir.conf import settings
from manoir.exceptions import BadSignature, ImproperlyConfigured
from manoir.messages._levels import tag_of
from manoir.signing import dumps, loads

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase

COOKIE_NAME: Final = "messages"
SALT: Final = "manoir.messages"
SESSION_KEY: Final = "_messages"
LONGEST_COOKIE: Final = 2048
MOST_MESSAGES: Final = 200
"""Most messages that wait; what comes after them is dropped, the oldest stay."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message.

    Attributes:
        level: how important it is, such as `messages.SUCCESS`.
        message: the text; Markup is shown as HTML, anything else is escaped where it is shown.
        extra_tags: further CSS classes.
    """

    level: int
    message: Any
    extra_tags: str = ""

    def __str__(self) -> str:
        return str(self.message)

    def __html__(self) -> Markup:
        """Return the text as HTML, so that `{{ message }}` shows a link that `format_html` made."""
        return escape(self.message)

    @property
    def level_tag(self) -> str:
        """The CSS class of the level."""
        return tag_of(self.level)

    @property
    def tags(self) -> str:
        """All CSS classes."""
        return " ".join(tag for tag in (self.extra_tags, self.level_tag) if tag)


def to_plain(message: Message) -> list[Any]:
    """Return a message as JSON holds it."""
    text = message.message
    return [int(isinstance(text, Markup)), message.level, str(text), message.extra_tags]


def from_plain(data: Any) -> list[Message]:
    """Return the messages that stand in data of JSON; anything else stands for none."""
    if not isinstance(data, list):
        return []
    found: list[Message] = []
    for item in data[:MOST_MESSAGES]:
        if isinstance(item, list) and len(item) == 4 and isinstance(item[1], int):
            text = Markup(str(item[2])) if item[0] == 1 else str(item[2])  # noqa: S704 - signed, or out of the session
            found.append(Message(item[1], text, str(item[3])))
    return found


class BaseStorage:
    """The messages of one request: those that wait, and those that were added. Looping over them shows them.

    A storage subclasses it and defines `aread` and `awrite`.

    Args:
        request: the request.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.used = False
        self.added_new = False
        self.level: int = settings.MESSAGE_LEVEL
        self._queued: list[Message] = []
        self._loaded: list[Message] | None = None

    async def aread(self) -> list[Message]:
        """Return the messages that wait."""
        raise TypeError(f"{type(self).__name__} does not define aread().")

    async def awrite(self, messages: list[Message], response: HttpResponseBase) -> list[Message]:
        """Let messages wait for the next page, and return those for which there is no room."""
        raise TypeError(f"{type(self).__name__} does not define awrite().")

    async def aload(self) -> list[Message]:
        """Return the messages that wait, reading them once."""
        if self._loaded is None:
            self._loaded = await self.aread()
        return self._loaded

    load = blocking(aload)

    def __iter__(self) -> Iterator[Message]:
        loaded = self._loaded if self._loaded is not None else self.load()
        self.used = True
        if self._queued:
            loaded.extend(self._queued)
            self._queued = []
        return iter(loaded)

    def __len__(self) -> int:
        loaded = self._loaded if self._loaded is not None else self.load()
        return len(loaded) + len(self._queued)

    def __contains__(self, item: object) -> bool:
        return item in (self._loaded if self._loaded is not None else self.load()) or item in self._queued

    def add(self, level: int, message: Any, extra_tags: str = "") -> None:
        """Add a message, if it is important enough and says something."""
        if not message or int(level) < self.level or len(self._queued) >= MOST_MESSAGES:
            return
        self.added_new = True
        self._queued.append(Message(int(level), message, extra_tags))

    async def aupdate(self, response: HttpResponseBase) -> list[Message]:
        """Write what the next page has to show, and return those for which there was no room."""
        if self.used:
            return await self.awrite(self._queued, response)
        if self.added_new:
            return await self.awrite([*await self.aload(), *self._queued], response)
        return []


class CookieStorage(BaseStorage):
    """Messages in a signed cookie; the newest that fit."""

    async def aread(self) -> list[Message]:
        """Return what the cookie says, if this site signed it."""
        text = self.request.COOKIES.get(COOKIE_NAME)
        if not text or len(text) > LONGEST_COOKIE * 2:
            return []
        try:
            return from_plain(loads(text, salt=SALT))
        except BadSignature:
            return []

    async def awrite(self, messages: list[Message], response: HttpResponseBase) -> list[Message]:
        """Send the cookie, or take it back."""
        left_out: list[Message] = []
        waiting = messages[-MOST_MESSAGES:]
        while waiting:
            text = dumps([to_plain(message) for message in waiting], salt=SALT, compress=True)
            if len(text) <= LONGEST_COOKIE:
                response.set_cookie(
                    COOKIE_NAME,
                    text,
                    domain=settings.SESSION_COOKIE_DOMAIN,
                    secure=settings.SESSION_COOKIE_SECURE,
                    httponly=settings.SESSION_COOKIE_HTTPONLY,
                    samesite=settings.SESSION_COOKIE_SAMESITE or None,
                )
                return left_out
            left_out.append(waiting.pop(0))
        if COOKIE_NAME in self.request.COOKIES:
            response.delete_cookie(
                COOKIE_NAME,
                domain=settings.SESSION_COOKIE_DOMAIN,
                samesite=settings.SESSION_COOKIE_SAMESITE or None,
            )
        return left_out


class SessionStorage(BaseStorage):
    """Messages in the session."""

    def __init__(self, request: HttpRequest) -> None:
        if not hasattr(request, "session"):
            raise ImproperlyConfigured(
                "Messages in the session need manoir.sessions.SessionMiddleware before manoir.messages.MessageMiddleware."
            )
        super().__init__(request)

    async def aread(self) -> list[Message]:
        """Return what the session says."""
        return from_plain(await self.request.session.aget(SESSION_KEY))

    async def awrite(self, messages: list[Message], response: HttpResponseBase) -> list[Message]:
        """Put them into the session, or take them out."""
        session = self.request.session
        if messages:
            await session.aset(SESSION_KEY, [to_plain(message) for message in messages[:MOST_MESSAGES]])
        else:
            await session.apop(SESSION_KEY, None)
        return messages[MOST_MESSAGES:]


class FallbackStorage(BaseStorage):
    """Messages in the cookie; those for which it has no room in the session."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.cookie = CookieStorage(request)
        self.session: SessionStorage | None = SessionStorage(request) if hasattr(request, "session") else None

    async def aread(self) -> list[Message]:
        """Return what both say. The session is only asked when the cookie says that there is more."""
        text = self.request.COOKIES.get(COOKIE_NAME, "")
        in_session: list[Message] = []
        if self.session is not None and self.request.COOKIES.get(OVERFLOW):
            in_session = await self.session.aread()
        return [*in_session, *(await self.cookie.aread() if text else [])]

    async def awrite(self, messages: list[Message], response: HttpResponseBase) -> list[Message]:
        """Fill the cookie, then the session."""
        left = await self.cookie.awrite(messages, response)
        had_more = bool(self.request.COOKIES.get(OVERFLOW))
        if self.session is None or not (left or had_more):
            return left
        left = await self.session.awrite(left, response)
        if messages and self.request.session.get(SESSION_KEY):
            response.set_cookie(OVERFLOW, "1", httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
        elif had_more:
            response.delete_cookie(OVERFLOW, samesite="Lax")
        return left


OVERFLOW: Final = "messages_more"
"""Cookie that says that the session has messages, too; without it nobody need open the session."""
