"""Settings of the admin."""


class AdminDefaults:
    ADMIN_COUNT_LIMIT: int | None = 100_000
    """Rows above which the admin estimates how many there are (PostgreSQL) instead of counting them; None: always count."""
    ADMIN_FACET_LIMIT: int = 50_000
    """Rows that are looked at, at most, to say how many rows each choice of a filter has."""
