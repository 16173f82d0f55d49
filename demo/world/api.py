"""The API of the world: read by everybody, written by staff."""

from manoir import rest
from world.models import Airport, City, Country


class StaffWrites(rest.BasePermission):
    """Reading is free; writing is for staff with the permission of the model."""

    def has_permission(self, request, view):
        if request.method in rest.permissions.SAFE_METHODS:
            return True
        user = request.user
        verb = {"POST": "add", "DELETE": "delete"}.get(request.method, "change")
        meta = view.queryset.model._meta
        return user.is_authenticated and user.is_staff and user.has_perm(f"{meta.app_label}.{verb}_{meta.model_name}")


class Pages(rest.PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class CountrySerializer(rest.ModelSerializer):
    class Meta:
        model = Country
        fields = [
            "code", "name", "capital", "area", "population", "continent", "currency", "languages", "neighbours",
        ]  # fmt: skip


class CitySerializer(rest.ModelSerializer):
    country_name = rest.CharField(source="country.name", read_only=True)

    class Meta:
        model = City
        fields = ["id", "name", "country", "country_name", "population", "latitude", "longitude", "timezone"]


class AirportSerializer(rest.ModelSerializer):
    class Meta:
        model = Airport
        fields = ["iata", "icao", "name", "town", "country", "latitude", "longitude", "elevation", "timezone"]


class CountryViewSet(rest.ModelViewSet):
    """Countries and territories, with the codes of their languages and neighbours."""

    queryset = Country.objects.all()
    serializer_class = CountrySerializer
    permission_classes = [StaffWrites]
    pagination_class = Pages
    filterset_fields = ["continent", "currency", "languages"]
    search_fields = ["name", "capital"]
    ordering_fields = ["name", "population", "area"]


class CityViewSet(rest.ModelViewSet):
    """Cities of 15,000 people and more."""

    queryset = City.objects.all()
    serializer_class = CitySerializer
    permission_classes = [StaffWrites]
    pagination_class = Pages
    filterset_fields = {"country": ["exact"], "population": ["gte", "lte"]}
    search_fields = ["^search_name"]
    ordering_fields = ["name", "population"]


class AirportViewSet(rest.ModelViewSet):
    """Airports with an IATA code."""

    queryset = Airport.objects.all()
    serializer_class = AirportSerializer
    permission_classes = [StaffWrites]
    pagination_class = Pages
    filterset_fields = ["country"]
    search_fields = ["=iata", "name", "town"]
    ordering_fields = ["iata", "name", "elevation"]
