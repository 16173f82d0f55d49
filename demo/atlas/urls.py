"""URLs of Atlas: the world, the people who look at it, and their photos."""

from manoir.urls import include, path
from manoir.views import media_urls

urlpatterns = [
    path("", include("world.urls")),
    path("", include("photos.urls")),
    path("account/", include("accounts.urls")),
    *media_urls(),
]
