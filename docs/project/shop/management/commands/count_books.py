"""The command of the examples."""

from decimal import Decimal

from manoir.commands import BaseCommand
from shop.models import Book


class Command(BaseCommand):
    help = "Counts the books."

    def add_arguments(self, parser):
        parser.add_argument("--cheaper-than", type=Decimal, default=None, help="only books below this price")

    async def handle(self, *args, cheaper_than=None, **options):
        books = Book.objects.all() if cheaper_than is None else Book.objects.filter(price__lt=cheaper_than)
        self.stdout.write(f"{await books.acount()} books")
