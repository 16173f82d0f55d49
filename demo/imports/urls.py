"""URLs of imports."""

from imports import views
from manoir.urls import path

urlpatterns = [
    path("imports/", views.send, name="imports"),
    path("imports/<int:pk>/", views.watch, name="import"),
]
