"""What the shop does in the background."""

from manoir.mail import asend_mail
from manoir.tasks import TaskContext, cron, task
from shop.models import Author, Book


@task(retries=5)
async def tell_staff(author_id: int) -> str:
    author = await Author.objects.aget(pk=author_id)
    await asend_mail("A new author", f"{author.name} is here.", "shop@example.com", ["staff@example.com"])
    return author.name


@task(atomic=True, takes_context=True)
async def raise_prices(context: TaskContext, percent: int) -> int:
    books = [book async for book in Book.objects.all()]
    for number, book in enumerate(books):
        await context.aprogress(number, len(books), book.title)
        book.price += book.price * percent / 100
        await book.asave()
    return len(books)


@task(schedule=cron("0 3 * * *", tz="Europe/Paris"))
def count_books() -> int:
    return Book.objects.count()
