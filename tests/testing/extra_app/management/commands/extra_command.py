from manoir.commands import BaseCommand


class Command(BaseCommand):
    """Does nothing."""

    def handle(self, *args, **options):
        pass
