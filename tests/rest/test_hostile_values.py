"""Values of every kind in every field of an API, in bodies and in filters: checked or stored, never an error page."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from manoir import models, rest
from manoir.bridge import wait
from manoir.conf import settings
from manoir.db import transaction
from manoir.testing import APIRequestFactory
from tests.models.tables import create_tables
from tests.rest.notebook import Folder

TEXTS = [
    "", ".", "-", "\x00", "a\x00b", "\\u0000", "a" * 10_000, "ab\r\nc", "\u202e", "\uffff", "\U0010ffff", "İ", "ﬁ" * 30,
    "٣", "１", "0x10", "1_000", "  1 ", "-0", "+1", "1.0", "1e400", "-1e400", "NaN", "Infinity", "9" * 400, "0" * 400 + "1",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "2020-01-01T00:00:00+99:99",
    "0000-00-00", "10000-01-01", "24:00", "999999999 00:00:00", "-999999999 00:00:00", "P" + "9" * 300 + "D", "true,,",
    "::ffff:1.2.3.4", "::1%eth0", "http://[::1", "http://a b", "http://" + "a" * 3_000, f"a@{'b' * 300}.de", '{"a": 1}',
]  # fmt: skip
OTHERS = [
    10**30, -(10**30), 2**31, 2**63, 1e308, 1e-320, True, False, None, [], {}, [1], {"a": 1}, {"": {}}, ["\x00"],
    {"\x00": 1}, {"a": {"b": ["x\x00"]}}, "\ud800",
]  # fmt: skip


class Slip(models.Model):
    title = models.CharField(max_length=40, null=True, blank=True)
    note = models.TextField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    count = models.IntegerField(null=True, blank=True)
    big = models.BigIntegerField(null=True, blank=True)
    price = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    ratio = models.FloatField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    clock = models.TimeField(null=True, blank=True)
    span = models.DurationField(null=True, blank=True)
    code = models.UUIDField(null=True, blank=True)
    done = models.BooleanField(default=False)
    slug = models.SlugField(null=True, blank=True)
    url = models.URLField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    email = models.EmailField(null=True, blank=True)
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.CASCADE)

    class Meta:
        app_label = "slips"


NAMES = [field.name for field in Slip._meta.concrete_fields if field.name != "id"]
FILTERED = [name for name in NAMES if name != "data"]


class SlipSerializer(rest.ModelSerializer):
    class Meta:
        model = Slip
        fields = ["id", *NAMES]


class Slips(rest.ListCreateAPIView):
    permission_classes = [rest.AllowAny]
    authentication_classes = []
    queryset = Slip.objects.all()
    serializer_class = SlipSerializer
    filterset_fields = {name: ["exact", "in", "gt"] for name in FILTERED}
    search_fields = ["title"]


@pytest.fixture
def slips(database):
    wait(create_tables(database, [Slip]))
    return Slips.as_view()


factory = APIRequestFactory()


def answer(view, request):
    """The status, and nothing left of what was stored; an error of the database would spoil the test's transaction."""
    try:
        with transaction.atomic():
            status = view(request).status_code
            transaction.set_rollback(True)
    except Exception as error:
        return type(error).__name__
    return status


def post_json(name, value):
    return factory.post("/", json.dumps({name: value}), content_type="application/json")


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_no_value_in_a_body_is_an_error_page(slips, zone):
    """H45, H52, H53: each value in each field is stored, or refused with 400."""
    with settings.override(TIME_ZONE=zone):
        found = [
            (name, repr(value)[:60], status)
            for name in NAMES
            for value in [*TEXTS, *OTHERS]
            if (status := answer(slips, post_json(name, value))) not in (201, 400)
        ]
    assert found == []


def test_no_text_in_a_form_is_an_error_page(slips):
    """H45, H52, H53: documents of JSON come as texts there."""
    documents = ['"\\ud800"', '{"\\u0000": 1}', "[" * 900 + "]" * 900, "[" * 90_000, "9" * 5_000, "NaN", "1e999", "{"]
    found = [
        (name, value[:60], status)
        for name in ("data", "at", "span", "count")
        for value in [*TEXTS, *documents]
        if (status := answer(slips, factory.post("/", {name: value}, format="multipart"))) not in (201, 400)
    ]
    assert found == []


def test_no_text_in_a_filter_is_an_error_page(slips):
    """H37, H45, H53: each text in each declared filter finds something, nothing, or is refused with 400."""
    found = [
        (name, lookup, text[:60], status)
        for name in FILTERED
        for lookup in ("", "__in", "__gt")
        for text in TEXTS
        if (status := answer(slips, factory.get(f"/?{name}{lookup}={quote(text)}"))) not in (200, 400)
    ]
    found += [text for text in TEXTS if answer(slips, factory.get(f"/?search={quote(text)}")) not in (200, 400)]
    assert found == []


class Bookmark(rest.Serializer):
    url = rest.CharField(allow_null=True, max_length=100_000)

    def create(self, validated_data):
        return validated_data


class Bookmarks(rest.CreateAPIView):
    serializer_class = Bookmark
    permission_classes = [rest.AllowAny]


@pytest.mark.parametrize(
    ("sent", "location"),
    [
        ("https://a.example/1/", "https://a.example/1/"),
        ("/café/", "/caf%C3%A9/"),
        ("/a\r\nSet-Cookie: x=1", "/a%0D%0ASet-Cookie:%20x=1"),
        ("/\u2028x", "/%E2%80%A8x"),
        ("/" + "x" * 2_000, None),
        (None, None),
    ],
)
def test_an_address_that_a_client_sent_makes_a_header_or_none(sent, location):
    """H09: the object is stored by then, so the answer says so, whatever it holds."""
    answer = Bookmarks.as_view()(APIRequestFactory().post("/", {"url": sent}, format="json")).render()
    assert (answer.status_code, answer.get("Location")) == (201, location)
