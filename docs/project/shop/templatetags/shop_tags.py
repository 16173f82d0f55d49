"""The tags and filters of the examples."""

from manoir.templates import Library, format_html
from shop.models import Book

register = Library()


@register.filter
def money(value, currency="€"):
    return f"{value:.2f} {currency}"


@register.simple_tag
async def cheapest():
    return await Book.objects.order_by("price").afirst()


@register.simple_block_tag
def note(content, kind="info"):
    return format_html('<p class="note {}">{}</p>', kind, content)
