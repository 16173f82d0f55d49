"""What serializers cost, in calls: a list by its plan, the same row by row, and a validated create."""

from __future__ import annotations

from types import SimpleNamespace

from manoir import rest
from tests.library.models import Author, Book, Tag
from tests.performance.counting import guard, warm_calls


class AuthorSerializer(rest.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class TagSerializer(rest.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "label"]


class BookSerializer(rest.ModelSerializer):
    author = AuthorSerializer()
    tags = TagSerializer(many=True)

    class Meta:
        model = Book
        fields = ["id", "title", "price", "published", "author", "tags"]


class NewBookSerializer(rest.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "author", "tags"]
        validators = []


async def make_books(count: int) -> tuple[Author, list[Tag]]:
    author = await Author.objects.acreate(name="Ann")
    tags = [await Tag.objects.acreate(label=name, slug=name) for name in ("a", "b", "c")]
    books = await Book.objects.abulk_create([Book(title=f"Book {number}", author=author) for number in range(count)])
    through = Book.tags.through
    await through.objects.abulk_create([through(book=book, tag=tag) for book in books for tag in tags])
    return author, tags


async def test_a_list_by_its_plan_costs_the_same_for_any_number_of_rows(database):
    await make_books(50)

    async def show() -> None:
        output = await BookSerializer(Book.objects.order_by("id"), many=True).aoutput()
        assert len(output.encoded()) > 5_000

    calls = await warm_calls(show)
    await make_books_again(50)
    more = await warm_calls(show)

    guard(calls, {"sqlite": 157, "postgresql": 121}[database.vendor])
    if database.vendor == "postgresql":  # SQLite has no decimals: each is read by a function
        assert more.count == calls.count


class HookedBookSerializer(BookSerializer):
    def to_representation(self, instance):
        return super().to_representation(instance)


async def test_rows_one_by_one_are_not_asked_whether_they_are_hidden(database):
    """Whoever asks: these models hide nothing."""
    await make_books(50)
    rows = [book async for book in Book.objects.select_related("author").prefetch_related("tags")]
    user = SimpleNamespace(user=None)

    async def show() -> None:
        assert len(HookedBookSerializer(rows, many=True, context={"request": user}).data) == 50

    guard(await warm_calls(show), 3_889)


async def make_books_again(count: int) -> None:
    author = await Author.objects.aget(name="Ann")
    await Book.objects.abulk_create([Book(title=f"More {number}", author=author) for number in range(count)])


async def test_a_serializer_is_ready_in_a_few_calls(database):
    async def ready() -> None:
        assert len(NewBookSerializer(data={}).fields) == 5

    guard(await warm_calls(ready), 16)


async def test_a_validated_create(database):
    author, tags = await make_books(0)
    number = 0

    async def create() -> None:
        nonlocal number
        number += 1
        data = {"title": f"Book {number}", "price": "1.50", "author": author.pk, "tags": [tag.pk for tag in tags]}
        serializer = NewBookSerializer(data=data)
        assert await serializer.ais_valid()
        await serializer.asave()
        assert (await serializer.adata())["price"] == "1.50"

    guard(await warm_calls(create), {"sqlite": 556, "postgresql": 451}[database.vendor])
