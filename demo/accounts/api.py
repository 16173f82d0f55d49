"""The API of people: the cities that somebody keeps, which nobody else sees."""

from accounts.models import Favourite
from manoir import rest
from world.api import Pages


class FavouriteSerializer(rest.ModelSerializer):
    user = rest.HiddenField(default=rest.CurrentUserDefault())
    city_name = rest.CharField(source="city.name", read_only=True)

    class Meta:
        model = Favourite
        fields = ["id", "user", "city", "city_name", "note", "created"]


class FavouriteViewSet(rest.ModelViewSet):
    """The cities that you keep. Nobody else sees them."""

    queryset = Favourite.objects.all()
    serializer_class = FavouriteSerializer
    permission_classes = [rest.IsAuthenticated]
    pagination_class = Pages
