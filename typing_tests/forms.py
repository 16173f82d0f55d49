"""Forms and forms of models, as strict type checkers see them."""

from __future__ import annotations

from typing import Any, assert_type

from manoir import forms, models
from manoir.http import HttpRequest


class Book(models.Model):
    title = models.CharField(max_length=3)


class BookForm(forms.ModelForm[Book]):
    class Meta:
        model = Book
        fields = ["title"]

    def clean(self) -> dict[str, Any] | None:
        return super().clean()

    def clean_title(self) -> str:
        return self.cleaned_data["title"]

    def save(self, commit: bool = True) -> Book:
        book = super().save(commit=False)
        assert_type(book, Book)
        return book


class Async(forms.ModelForm[Book]):
    async def aclean(self) -> dict[str, Any] | None:
        return await super().aclean()

    async def asave(self, commit: bool = True) -> Book:
        return await super().asave(commit=commit)


class Plain(forms.Form):
    name = forms.CharField(max_length=3)
    size = forms.ChoiceField(choices=[("a", "b")])

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


async def view(request: HttpRequest) -> None:
    form = Async(request.POST)
    if await form.ais_valid():
        assert_type(await form.asave(), Book)
        assert_type(form.instance, Book)
    form2 = BookForm(request.POST, instance=Book(title="x"))
    assert_type(form2.is_valid(), bool)
    assert_type(form2.save(), Book)
    form2["title"].label_tag()
