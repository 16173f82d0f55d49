"""URLs of Atlas: the world, the people who look at it, and their photos."""

from manoir import admin
from manoir.urls import include, path
from manoir.views import media_urls

urlpatterns = [
    path("", include("world.urls")),
    path("", include("photos.urls")),
    path("", include("imports.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("atlas.api")),
    path("account/", include("accounts.urls")),
    *media_urls(),
]
