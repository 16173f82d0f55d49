"""URLs of photos."""

from manoir.urls import path
from photos import views

urlpatterns = [
    path("airports/<airport:code>/photos/", views.add, name="photo-add"),
    path("photos/<int:pk>/remove/", views.remove, name="photo-remove"),
]
