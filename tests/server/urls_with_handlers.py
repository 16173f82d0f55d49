"""URLs with handlers of their own for errors."""

from manoir.http import HttpResponse
from tests.server.urls import urlpatterns as urlpatterns


async def handler404(request, exception):
    return HttpResponse(f"our 404: {exception}", status=404)


def handler500(request):
    return HttpResponse("our 500", status=500)
