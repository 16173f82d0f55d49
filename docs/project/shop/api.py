"""The API of the shop."""

from manoir import rest
from shop.models import Book


class BookSerializer(rest.ModelSerializer):
    author_name = rest.CharField(source="author.name", read_only=True)

    class Meta:
        model = Book
        fields = ["id", "title", "price", "author", "author_name", "tags"]


class BookPages(rest.PageNumberPagination):
    page_size = 50


class BookViewSet(rest.ModelViewSet):
    """The books that the shop sells."""

    queryset = Book.objects.all()
    serializer_class = BookSerializer
    permission_classes = [rest.IsAuthenticatedOrReadOnly]
    pagination_class = BookPages
    filterset_fields = {"author": ["exact"], "price": ["lt", "gte"]}
    search_fields = ["title", "author__name"]
    ordering_fields = ["title", "price"]

    @rest.action(detail=False)
    async def cheap(self, request):
        books = await self.afilter_queryset(Book.objects.filter(price__lt=10))
        return rest.Response([book.title async for book in books])


router = rest.DefaultRouter()
router.register("books", BookViewSet, basename="api-book")

urlpatterns = router.urls
