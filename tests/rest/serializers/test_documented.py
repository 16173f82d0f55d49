"""Documented uses of serializers, as a project writes them."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.http import QueryDict
from manoir.rest import serializers
from manoir.rest.renderers import JSONRenderer
from manoir.rest.reverse import reverse
from manoir.testing import APIRequestFactory
from manoir.urls import path
from tests.library.models import Book, Review


@pytest.mark.parametrize(
    ("options", "sent", "value"),
    [
        ({}, "2001:0DB8:0::1", "2001:db8::1"),
        ({}, " 192.0.2.1 ", "192.0.2.1"),
        ({}, "::FFFF:192.0.2.1", "::ffff:192.0.2.1"),
        ({"unpack_ipv4": True}, "::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_addresses_are_read_in_their_canonical_form(options, sent, value):
    assert serializers.IPAddressField(**options).run_validation(sent) == value


@pytest.mark.parametrize("sent", ["1.2.3", "1::2::3", ":" * 39, "2001:db8::1%eth0x", "x" * 40])
def test_what_is_no_address_is_refused(sent):
    with pytest.raises(rest.ValidationError) as told:
        serializers.IPAddressField().run_validation(sent)
    assert set(told.value.get_codes()) <= {"invalid", "max_length"}


def test_unpacking_needs_both_protocols():
    with pytest.raises(ValueError, match="needs the protocol 'both'"):
        serializers.IPAddressField(protocol="ipv6", unpack_ipv4=True)


class BookLink(serializers.HyperlinkedRelatedField):
    view_name = "book"
    queryset = Book.objects.all()

    def get_url(self, obj, view_name, request, format):
        return reverse(view_name, kwargs={"title": obj.title, "pk": obj.pk}, request=request, format=format)

    def get_object(self, view_name, view_args, view_kwargs):
        return self.get_queryset().get(title=view_kwargs["title"], pk=view_kwargs["pk"])


class ReviewSerializer(serializers.ModelSerializer):
    book = BookLink()

    class Meta:
        model = Review
        fields = ["book", "reader"]


def test_a_link_of_ones_own_gets_the_row(rows, colour):
    """Not a stand-in with the key alone, which the plain field makes do with."""
    context = {"request": APIRequestFactory().get("/")}
    url = f"http://testserver/books/Emma/{rows.emma.pk}/"
    with settings.override(ROOT_URLCONF=[path("books/<title>/<int:pk>/", lambda request: None, name="book")]):
        shown = colour.data(ReviewSerializer(Review.objects.order_by("reader"), many=True, context=context))
        sent = ReviewSerializer(data={"book": url, "reader": "Ann"}, context=context)
        assert colour.valid(sent), sent.errors
    assert shown == [{"book": url, "reader": "Eve"}, {"book": url, "reader": "Sam"}]
    assert sent.validated_data["book"] == rows.emma


class PartSerializer(serializers.Serializer):
    name = serializers.CharField()
    sizes = serializers.ListField(child=serializers.IntegerField(), required=False)


class ThingSerializer(serializers.Serializer):
    parts = PartSerializer(many=True, required=False)


@pytest.mark.parametrize(
    "form",
    [
        "parts[0].name=a&parts[1].name=b",
        "parts[0]name=a&parts[1]name=b",
        "parts[0][name]=a&parts[1][name]=b",
        "parts[7].name=b&parts[2].name=a",
    ],
)
def test_a_form_sends_items_by_number(form, colour):
    thing = ThingSerializer(data=QueryDict(form))
    assert colour.valid(thing), thing.errors
    assert thing.validated_data == {"parts": [{"name": "a"}, {"name": "b"}]}


def test_items_of_a_form_hold_lists_and_errors_by_item(colour):
    thing = ThingSerializer(data=QueryDict("parts[0].name=a&parts[0].sizes=1&parts[0].sizes=2&parts[1].sizes=3"))
    assert not colour.valid(thing)
    assert thing.errors == {"parts": [{}, {"name": ["This field is required."]}]}
    thing = ThingSerializer(data=QueryDict("parts[0].name=a&parts[0].sizes[0]=1&parts[0].sizes[1]=2"))
    assert colour.valid(thing), thing.errors
    assert thing.validated_data == {"parts": [{"name": "a", "sizes": [1, 2]}]}


@pytest.mark.parametrize(
    "form", ["", "parts=x", "parts[x].name=a", "parts[9999999].name=a", "parts[0]=a", "part[0].name=a"]
)
def test_a_form_without_items_sends_none(form, colour):
    thing = ThingSerializer(data=QueryDict(form))
    assert colour.valid(thing), thing.errors
    assert thing.validated_data == {}


def test_a_whole_form_may_be_a_list(colour):
    parts = PartSerializer(data=QueryDict("[0].name=a&[1].name=b"), many=True)
    assert colour.valid(parts), parts.errors
    assert parts.validated_data == [{"name": "a"}, {"name": "b"}]


def test_a_form_is_answered_by_its_values():
    form = QueryDict("a=1&a=2&b=3")
    assert JSONRenderer().render(form) == b'{"a":"2","b":"3"}'
    assert JSONRenderer().render({"got": form, "n": 1}) == b'{"got":{"a":"2","b":"3"},"n":1}'
