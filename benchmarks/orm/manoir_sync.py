"""manoir in a script, on SQLite."""

from _worker import same, serve
from manoir_models import Book, Note, build, hundred, plain_book

serve(
    {
        "get": (lambda: Book.objects.get(pk=500), plain_book),
        "rows": (lambda: list(hundred()), lambda found: [plain_book(book) for book in found]),
        "values": (lambda: list(Book.objects.filter(pk__lte=1000).order_by("pk").values("id", "title", "pages")), same),
        "create": (lambda: Note.objects.create(title="A note", number=7), lambda note: note.pk > 0),
        "bulk": (
            lambda: Note.objects.bulk_create([Note(title=f"Note {n}", number=n) for n in range(1000)]),
            lambda _: 1000,
        ),
        "join": (
            lambda: list(hundred().select_related("author")),
            lambda found: [[book.title, book.author.name] for book in found],
        ),
        "many": (
            lambda: [(book, list(book.tags.all())) for book in hundred()],
            lambda found: [[book.title, [tag.label for tag in tags]] for book, tags in found],
        ),
        "update": (lambda: Book.objects.filter(pk=7).update(pages=321), same),
        "count": (lambda: Book.objects.filter(pages__gt=300).count(), same),
        "build": (build, lambda sql: "SELECT" in sql),
    },
    lambda: Note.objects.all().delete(),
)
