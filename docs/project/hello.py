from manoir.app import Manoir
from manoir.conf import settings
from manoir.http import JsonResponse
from manoir.urls import path

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="at least thirty-two random characters", ALLOWED_HOSTS=["*"])


async def hello(request, name):
    return JsonResponse({"hello": name})


urlpatterns = [path("hello/<str:name>/", hello)]
application = Manoir()
