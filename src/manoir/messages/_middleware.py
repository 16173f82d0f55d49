"""MessageMiddleware: messages from one request to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from manoir.conf import import_string, settings
from manoir.messages._storage import BaseStorage
from manoir.middleware import GetResponse, MakesLate, OwnStep, PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("manoir.messages")


class MessageMiddleware(PureMiddleware):
    """Keeps messages until a page shows them; a request without messages costs no query."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.storage: type[BaseStorage] = import_string(settings.MESSAGE_STORAGE)

    def process_request(self, request: HttpRequest) -> None:
        """Have the storage made when it is touched."""
        request.make_late("_messages", self.open)

    def open(self, request: HttpRequest) -> BaseStorage:
        """Make the storage of a request."""
        return request.__dict__.setdefault("_messages", self.storage(request))

    def active_hooks(self) -> tuple[Any, Any]:
        """Let a request without messages pass without a call."""
        before, after = super().active_hooks()
        if self.is_own(MessageMiddleware, "process_request"):
            before = MakesLate({"_messages": self.open})
        if self.is_own(MessageMiddleware, "process_response"):
            after = OwnStep(self.process_response, "_messages")
        return before, after

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Write what the next page has to show."""
        storage: BaseStorage | None = request.__dict__.get("_messages")
        if storage is not None and (storage.used or storage.added_new):
            left = await storage.aupdate(response)
            if left:
                logger.warning("%s messages found no room and are lost: use manoir.messages.SessionStorage.", len(left))
        return response
