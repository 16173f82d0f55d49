"""Pages to sign in and out, which the pages for people link to: `path("api-auth/", include("manoir.rest.urls"))`."""

from __future__ import annotations

from manoir.auth import views
from manoir.urls import path, reverse_lazy

app_name = "rest_framework"

STYLED = {"style_url": reverse_lazy("rest_framework:auth_style")}

urlpatterns = [
    path("style.css", views.style, name="auth_style"),
    path("login/", views.LoginView.as_view(extra_context=STYLED), name="login"),
    path("logout/", views.LogoutView.as_view(extra_context=STYLED), name="logout"),
]
