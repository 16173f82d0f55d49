"""URLs of Atlas: everything lives in the app `world`."""

from manoir.urls import include, path

urlpatterns = [
    path("", include("world.urls")),
]
