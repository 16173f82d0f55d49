"""The forms of the examples."""

from shop.models import Book

from manoir import forms


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "price", "author"]
