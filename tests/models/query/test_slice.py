from tests.library.models import Author, Book
from tests.models.query.data import objects


def test_first(shop):
    print(objects(Book).filter(price__lt=50).query)
    assert [b.title for b in objects(Book).filter(price__lt=50).order_by("pk")] == [
        "Alpha",
        "beta 100%",
        "delta*[x]?",
        "Épsilon",
    ]
    b = objects(Book).get(pk=1)
    assert b.price == shop.books[0].price
    assert vars(b)["status"] == "live"
    for sql in [
        objects(Book).filter(author__name="Ann", tags__label="Sea").order_by("author__name", "-price")[1:3],
        objects(Book).exclude(tags__label="Sea", published__year=2001),
        objects(Book).filter(Book.author.name == "Ann"),
        objects(Book).filter(published__year__gte=2001, title__icontains="a", id__in=[1, 2, 3]),
        objects(Author).filter(books__tags__label="Sea").filter(books__tags__label="War").distinct(),
        objects(Book).select_related("author__mentor", "publisher"),
        objects(Author).select_related("profile"),
        objects(Book).values("author__name", "price"),
        objects(Book).only("title"),
    ]:
        print(sql.query)
        print(list(sql))


async def test_a(shop):
    assert (await objects(Book).aget(pk=2)).title == "beta 100%"
    assert [x async for x in objects(Book).filter(author_id=1).order_by("id").values_list("id", flat=True)] == [1, 2]
    assert await objects(Book).acount() == 5
    assert await objects(Book).filter(author__name="Ann").aexists()
