"""The forms of the examples."""

from manoir import forms
from shop.models import Book


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "price", "author"]
