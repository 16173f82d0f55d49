"""A task as a project writes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from manoir.tasks import task


@task
async def send(order: int, *, at: dt.date | None = None, price: Decimal = Decimal(0)) -> str:
    """Send something."""
    return f"{order} {at} {price}"
