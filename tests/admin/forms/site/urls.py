from __future__ import annotations

from manoir.urls import path
from tests.admin.forms.site.admin import site

urlpatterns = [path("admin/", site.urls)]
