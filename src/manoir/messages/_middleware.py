"""MessageMiddleware: messages from one request to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from manoir.conf import import_string, settings
from manoir.messages._storage import BaseStorage
from manoir.middleware import GetResponse, MiddlewareMixin

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("manoir.messages")


class MessageMiddleware(MiddlewareMixin):
    """Keeps messages until a page shows them; a request without messages costs no query."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.storage: type[BaseStorage] = import_string(settings.MESSAGE_STORAGE)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer `request`; a coroutine when the next layer is one."""
        request.__dict__["_messages"] = self.storage(request)
        return super().__call__(request)

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Write what the next page has to show."""
        storage: BaseStorage | None = request.__dict__.get("_messages")
        if storage is not None and (storage.used or storage.added_new):
            left = await storage.aupdate(response)
            if left:
                logger.warning("%s messages found no room and are lost: use manoir.messages.SessionStorage.", len(left))
        return response
