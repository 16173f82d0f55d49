"""URLs for sites where everybody may sign up: `path("accounts/", include("manoir.auth.signup_urls"))`."""

from __future__ import annotations

from manoir.auth import views
from manoir.urls import path

urlpatterns = [
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("signup/done/", views.SignUpDoneView.as_view(), name="signup_done"),
    path("signup/confirm/<token>/", views.SignUpConfirmView.as_view(), name="signup_confirm"),
]
