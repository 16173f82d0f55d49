"""The addresses of the API, and its description."""

from accounts.api import FavouriteViewSet
from manoir import rest
from manoir.rest import jwt
from manoir.urls import include, path
from world.api import AirportViewSet, CityViewSet, CountryViewSet

router = rest.DefaultRouter()
router.register("countries", CountryViewSet)
router.register("cities", CityViewSet)
router.register("airports", AirportViewSet)
router.register("favourites", FavouriteViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("token/", jwt.TokenObtainPairView.as_view()),
    path("token/refresh/", jwt.TokenRefreshView.as_view()),
    path("token/blacklist/", jwt.TokenBlacklistView.as_view()),
    path(
        "docs/",
        rest.get_schema_view(
            title="Atlas", version="1", description="Countries, cities and airports of the world.", public=True
        ),
        name="api-docs",
    ),
]
