"""MessageMiddleware: messages from one request to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from manoir.conf import import_string, settings
from manoir.messages._storage import BaseStorage
from manoir.middleware import GetResponse, PureMiddleware

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
        made = request.__dict__["_messages"] = self.storage(request)
        return made

    def active_hooks(self) -> tuple[Any, Any]:
        """Let a request without messages pass without a coroutine."""
        before, after = super().active_hooks()
        if not self.is_own(MessageMiddleware, "process_response"):
            return before, after

        def write_if_made(request: HttpRequest, response: HttpResponseBase) -> Any:
            # hot path: benchmarks/web.py
            return self.process_response(request, response) if "_messages" in request.__dict__ else response

        return before, write_if_made

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Write what the next page has to show."""
        storage: BaseStorage | None = request.__dict__.get("_messages")
        if storage is not None and (storage.used or storage.added_new):
            left = await storage.aupdate(response)
            if left:
                logger.warning("%s messages found no room and are lost: use manoir.messages.SessionStorage.", len(left))
        return response
