"""What every mail backend offers, in both colours."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from manoir.bridge import TwoColours, hook, twin

if TYPE_CHECKING:
    from manoir.mail._message import EmailMessage


class BaseEmailBackend(TwoColours):
    """Sends mails. A backend of your own overrides `send_messages` as `def`, or `asend_messages` as `async def`.

    Args:
        fail_silently: True swallows errors of the server.
        **kwargs: what the backend needs: host, port …
    """

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        self.fail_silently = fail_silently

    @hook
    async def aopen(self) -> bool | None:
        """Open a connection that several mails share; True if it is new."""

    open = twin(aopen)

    @hook
    async def aclose(self) -> None:
        """Close the connection."""

    close = twin(aclose)

    @hook
    async def asend_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send mails and return how many went out."""
        raise NotImplementedError(
            f"{type(self).__name__} does not define send_messages() (or asend_messages() as async def)."
        )

    send_messages = twin(asend_messages)

    def __enter__(self) -> Self:
        try:
            self.open()
        except Exception:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        try:
            await self.aopen()
        except Exception:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
