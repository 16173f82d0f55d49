from manoir.http import HttpResponse
from manoir.urls import path

urlpatterns = [path("other/", lambda request: HttpResponse("other"), name="other")]
