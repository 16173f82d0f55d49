"""The views of the examples."""

from manoir.shortcuts import aget_object_or_404, render
from manoir.views.generic import ListView
from shop.models import Author, Book


async def book_list(request):
    return render(request, "shop/books.html", {"books": Book.objects.filter(price__lt=50)})


async def book_detail(request, pk):
    book = await aget_object_or_404(Book.objects.select_related("author"), pk=pk)
    cheaper = await Book.objects.filter(Book.price < book.price).acount()
    return render(request, "shop/book.html", {"book": book, "cheaper": cheaper})


class AuthorList(ListView):
    model = Author
    paginate_by = 20
