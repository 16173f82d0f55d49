"""The views of the examples."""

from manoir.shortcuts import aget_object_or_404, redirect, render
from manoir.views.generic import ListView
from shop.forms import BookForm
from shop.models import Author, Book


async def book_list(request):
    return render(request, "shop/books.html", {"books": Book.objects.filter(price__lt=50)})


async def book_detail(request, pk):
    book = await aget_object_or_404(Book.objects.select_related("author"), pk=pk)
    cheaper = await Book.objects.filter(Book.price < book.price).acount()
    return render(request, "shop/book.html", {"book": book, "cheaper": cheaper})


async def book_add(request):
    form = BookForm(request.POST or None)
    if request.method == "POST" and await form.ais_valid():
        book = await form.asave()
        return redirect("book", pk=book.pk)
    return render(request, "shop/book_form.html", {"form": form})


class AuthorList(ListView):
    model = Author
    paginate_by = 20
