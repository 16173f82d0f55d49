"""The middleware of the examples."""

import time

from manoir.middleware import async_only_middleware


@async_only_middleware
def server_timing(get_response):
    async def middleware(request):
        started = time.perf_counter()
        response = await get_response(request)
        milliseconds = (time.perf_counter() - started) * 1000
        response["Server-Timing"] = f"app;dur={milliseconds:.1f}"
        return response

    return middleware
