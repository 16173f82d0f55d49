"""Serializers with declared fields: checking, errors, hooks of both colours, saving, showing."""

from __future__ import annotations

from collections import OrderedDict
from types import SimpleNamespace

import pytest

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import ValidationError as ModelValidationError
from manoir.http import QueryDict
from manoir.rest import serializers
from manoir.rest.exceptions import ErrorDetail, ValidationError
from tests.library.models import Tag


class PointSerializer(serializers.Serializer):
    x = serializers.IntegerField()
    y = serializers.IntegerField(default=0)

    def create(self, validated_data):
        return SimpleNamespace(**validated_data)

    def update(self, instance, validated_data):
        vars(instance).update(validated_data)
        return instance


class LineSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    start = PointSerializer()
    points = PointSerializer(many=True, required=False)


# -- checking ---------------------------------------------------------------------------------------------------------


def test_valid_data_is_converted(colour):
    serializer = PointSerializer(data={"x": "3"})

    assert colour.valid(serializer)
    assert serializer.validated_data == {"x": 3, "y": 0}
    assert serializer.errors == {}
    assert serializer.initial_data == {"x": "3"}


def test_errors_come_by_field_with_codes(colour):
    serializer = PointSerializer(data={"y": "many"})

    assert not colour.valid(serializer)
    assert serializer.errors["x"] == [ErrorDetail("This field is required.", "required")]
    assert serializer.errors["y"] == [ErrorDetail("This is no whole number.", "invalid")]
    assert serializer.validated_data == {}


def test_raise_exception_raises_the_errors(colour):
    with pytest.raises(ValidationError) as caught:
        colour.valid(PointSerializer(data={}), raise_exception=True)

    assert caught.value.get_codes() == {"x": ["required"]}


@pytest.mark.parametrize("data", [[], "text", 7, True])
def test_data_that_is_no_mapping_is_a_non_field_error(data):
    serializer = PointSerializer(data=data)

    assert not serializer.is_valid()
    assert serializer.errors.keys() == {"non_field_errors"}
    assert serializer.errors["non_field_errors"][0].code == "invalid"


def test_no_data_at_all_is_a_non_field_error_too():
    serializer = PointSerializer(data=None)

    assert not serializer.is_valid()
    assert serializer.errors["non_field_errors"][0].code == "null"


def test_null_is_data_where_it_is_allowed():
    serializer = PointSerializer(data=None, allow_null=True)

    assert serializer.is_valid()
    assert serializer.validated_data is None


def test_errors_of_nested_serializers_are_nested():
    serializer = LineSerializer(data={"name": "too long", "start": {"x": "a"}, "points": [{"x": 1}, {}, 7]})

    assert not serializer.is_valid()
    errors = serializer.errors
    assert errors["name"][0].code == "max_length"
    assert errors["start"]["x"][0].code == "invalid"
    assert errors["points"][0] == {}
    assert errors["points"][1]["x"][0].code == "required"
    assert errors["points"][2]["non_field_errors"][0].code == "invalid"


def test_nested_values_are_nested():
    serializer = LineSerializer(data={"name": "a", "start": {"x": 1}, "points": [{"x": 2, "y": 3}]})

    assert serializer.is_valid()
    assert serializer.validated_data == {"name": "a", "start": {"x": 1, "y": 0}, "points": [{"x": 2, "y": 3}]}


def test_a_partial_update_takes_what_was_sent_without_defaults(colour):
    serializer = PointSerializer(SimpleNamespace(x=1, y=2), data={"x": 5}, partial=True)

    assert colour.valid(serializer)
    assert serializer.validated_data == {"x": 5}


def test_partial_reaches_nested_serializers():
    serializer = LineSerializer(data={"start": {}}, partial=True)

    assert serializer.is_valid()
    assert serializer.validated_data == {"start": {}}


def test_a_form_is_read_like_json():
    serializer = LineSerializer(data=QueryDict("name=a&start.x=1"))

    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {"name": "a", "start": {"x": 1, "y": 0}}


def test_a_value_sent_twice_is_refused():
    """H48: one of two values of a form is not picked at will."""
    serializer = PointSerializer(data=QueryDict("x=1&x=2"))

    assert not serializer.is_valid()
    assert serializer.errors["x"] == [ErrorDetail("Send one value, not 2.", "repeated")]


class TaggedSerializer(serializers.Serializer):
    name = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField(), required=False)


class BoxSerializer(serializers.Serializer):
    content = TaggedSerializer()


def test_a_value_inside_of_another_that_a_form_says_twice_is_refused_too():
    """H48: `content.name=1&content.name=2`; a list there has all of its values."""
    serializer = BoxSerializer(data=QueryDict("content.name=1&content.name=2"))
    assert not serializer.is_valid()
    assert serializer.errors["content"]["name"] == [ErrorDetail("Send one value, not 2.", "repeated")]

    serializer = BoxSerializer(data=QueryDict("content.name=a&content.tags=1&content.tags=2"))
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {"content": {"name": "a", "tags": ["1", "2"]}}


def test_keys_that_are_no_fields_never_arrive():
    """H02: mass assignment needs a field to assign to."""
    serializer = PointSerializer(data={"x": 1, "is_staff": True, "__class__": "x"})

    assert serializer.is_valid()
    assert serializer.validated_data == {"x": 1, "y": 0}


def test_keys_that_are_no_fields_are_refused_where_that_is_asked():
    """H02: the strict form."""
    with settings.override(REST_FRAMEWORK={"UNKNOWN_FIELDS": "refuse"}):
        serializer = PointSerializer(data={"x": 1, "xx": True})
        assert not serializer.is_valid()

    assert serializer.errors["xx"] == [ErrorDetail("There is no such field. Did you mean 'x'?", "unknown")]


def test_a_class_may_refuse_unknown_keys_itself():
    class Strict(PointSerializer):
        class Meta:
            unknown_fields = "refuse"

    assert not Strict(data={"x": 1, "z": 1}).is_valid()


def test_read_only_fields_are_never_taken():
    """H02."""

    class Account(serializers.Serializer):
        name = serializers.CharField()
        is_staff = serializers.BooleanField(read_only=True)
        level = serializers.IntegerField(read_only=True, default=3)

    serializer = Account(data={"name": "ann", "is_staff": True, "level": 9})

    assert serializer.is_valid()
    assert serializer.validated_data == {"name": "ann"}


# -- hooks ------------------------------------------------------------------------------------------------------------


class Sync(PointSerializer):
    def validate_x(self, value):
        if value == 13:
            raise serializers.ValidationError("Unlucky.", code="unlucky")
        return value * 2

    def validate(self, attrs):
        if attrs["x"] == attrs["y"]:
            raise serializers.ValidationError("These are equal.")
        return {**attrs, "sum": attrs["x"] + attrs["y"]}


class Async(PointSerializer):
    async def avalidate_x(self, value):
        if value == 13:
            raise serializers.ValidationError("Unlucky.", code="unlucky")
        return value * 2

    async def avalidate(self, attrs):
        if attrs["x"] == attrs["y"]:
            raise serializers.ValidationError("These are equal.")
        return {**attrs, "sum": attrs["x"] + attrs["y"]}


@pytest.mark.parametrize("cls", [Sync, Async])
def test_hooks_check_a_field_and_the_whole(cls, colour):
    good, unlucky, equal = (cls(data=data) for data in ({"x": 1, "y": 3}, {"x": 13}, {"x": 1, "y": 2}))

    assert [colour.valid(one) for one in (good, unlucky, equal)] == [True, False, False]
    assert good.validated_data == {"x": 2, "y": 3, "sum": 5}
    assert unlucky.errors == {"x": [ErrorDetail("Unlucky.", "unlucky")]}
    assert equal.errors == {"non_field_errors": [ErrorDetail("These are equal.", "invalid")]}


def test_validate_may_name_fields():
    class Named(PointSerializer):
        def validate(self, attrs):
            raise serializers.ValidationError({"x": "Too far.", "y": ["Too high."]})

    serializer = Named(data={"x": 1})

    assert not serializer.is_valid()
    assert serializer.errors == {"x": ["Too far."], "y": ["Too high."]}


def test_errors_of_models_and_forms_are_understood():
    class Model(PointSerializer):
        def validate_x(self, value):
            raise ModelValidationError("%(value)s is odd.", code="odd", params={"value": value})

        def validate_y(self, value):
            raise ModelValidationError(["One.", "Two."])

    serializer = Model(data={"x": 1, "y": 2})

    assert not serializer.is_valid()
    assert serializer.errors == {"x": [ErrorDetail("1 is odd.", "odd")], "y": ["One.", "Two."]}


def test_super_reaches_the_other_colour(colour):
    class Above(Sync):
        async def avalidate(self, attrs):
            return {**await super().avalidate(attrs), "above": True}

    serializer = Above(data={"x": 1, "y": 3})

    assert colour.valid(serializer)
    assert serializer.validated_data == {"x": 2, "y": 3, "sum": 5, "above": True}


def test_a_hook_with_the_wrong_colour_in_its_name_is_refused():
    with pytest.raises(TypeError, match="avalidate_x"):

        class Wrong(PointSerializer):
            async def validate_x(self, value): ...


def test_validate_that_returns_nothing_is_told():
    class Forgetful(PointSerializer):
        def validate(self, attrs):
            pass

    with pytest.raises(TypeError, match="has to return the values"):
        Forgetful(data={"x": 1}).is_valid()


def test_validators_of_the_class_see_the_values():
    def not_both_zero(attrs):
        if attrs == {"x": 0, "y": 0}:
            raise serializers.ValidationError("Origin.", code="origin")

    class Away(PointSerializer):
        class Meta:
            validators = [not_both_zero]

    serializer = Away(data={"x": 0})

    assert not serializer.is_valid()
    assert serializer.errors == {"non_field_errors": [ErrorDetail("Origin.", "origin")]}


def test_to_internal_value_may_be_overridden():
    class Pair(PointSerializer):
        def to_internal_value(self, data):
            x, y = data.split(",")
            return super().to_internal_value({"x": x, "y": y})

    serializer = Pair(data="3,4")

    assert serializer.is_valid()
    assert serializer.validated_data == {"x": 3, "y": 4}


# -- sources ----------------------------------------------------------------------------------------------------------


class SourceSerializer(serializers.Serializer):
    city = serializers.CharField(source="address.city")
    zip = serializers.CharField(source="address.zip", required=False)
    position = PointSerializer(source="*")
    loud = serializers.CharField(source="shout", read_only=True)


def test_sources_are_followed_both_ways():
    serializer = SourceSerializer(data={"city": "Paris", "position": {"x": 1, "y": 2}})

    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {"address": {"city": "Paris"}, "x": 1, "y": 2}
    thing = SimpleNamespace(address={"city": "Rome", "zip": "1"}, x=5, y=6, shout=lambda: "HEY")
    assert SourceSerializer(thing).data == {"city": "Rome", "zip": "1", "position": {"x": 5, "y": 6}, "loud": "HEY"}


def test_a_missing_attribute_is_left_out_where_it_is_not_required():
    shown = SourceSerializer({"address": {"city": "Rome"}, "x": 1, "y": 2, "shout": "a"}).data

    assert "zip" not in shown


def test_a_missing_attribute_of_a_required_field_is_told():
    with pytest.raises(
        AttributeError, match=r"PointSerializer\.x: 'SimpleNamespace' object has no attribute or key 'x'"
    ):
        _ = PointSerializer(SimpleNamespace(y=1)).data


# -- saving -----------------------------------------------------------------------------------------------------------


def test_save_creates_or_updates(colour):
    made = PointSerializer(data={"x": 1})
    assert colour.valid(made)
    point = colour.save(made, name="origin")
    assert vars(point) == {"x": 1, "y": 0, "name": "origin"}
    assert made.instance is point

    changed = PointSerializer(point, data={"x": 7}, partial=True)
    assert colour.valid(changed)
    assert colour.save(changed) is point
    assert point.x == 7


def test_create_may_be_a_coroutine(colour):
    class Later(serializers.Serializer):
        x = serializers.IntegerField()

        async def acreate(self, validated_data):
            return SimpleNamespace(**validated_data)

    serializer = Later(data={"x": 1})
    assert colour.valid(serializer)

    assert colour.save(serializer).x == 1


@pytest.mark.parametrize(
    ("prepare", "error", "words"),
    [
        (lambda one: None, TypeError, "is_valid"),
        (lambda one: one.is_valid() and one.data, TypeError, "was read before"),
        (lambda one: setattr(one, "initial_data", {}) or one.is_valid(), ValueError, "has errors"),
    ],
)
def test_save_at_the_wrong_time_is_told(prepare, error, words):
    serializer = PointSerializer(data={"x": 1})
    prepare(serializer)

    with pytest.raises(error, match=words):
        serializer.save()


def test_save_with_commit_is_told():
    serializer = PointSerializer(data={"x": 1})
    serializer.is_valid()

    with pytest.raises(TypeError, match="there is no commit"):
        serializer.save(commit=False)


def test_a_serializer_without_create_says_so():
    class Plain(serializers.Serializer):
        x = serializers.IntegerField()

    serializer = Plain(data={"x": 1})
    serializer.is_valid()

    with pytest.raises(TypeError, match="def create"):
        serializer.save()


def test_is_valid_needs_data():
    with pytest.raises(TypeError, match="data="):
        PointSerializer().is_valid()


def test_data_and_errors_wait_for_is_valid():
    serializer = PointSerializer(data={})

    for name in ("data", "errors", "validated_data"):
        with pytest.raises(TypeError, match="is_valid"):
            getattr(serializer, name)


# -- showing ----------------------------------------------------------------------------------------------------------


def test_write_only_is_not_shown_and_null_stays_null(colour):
    class Account(serializers.Serializer):
        name = serializers.CharField()
        password = serializers.CharField(write_only=True)

    assert colour.data(Account({"name": None, "password": "secret"})) == {"name": None}


def test_data_of_invalid_input_is_what_was_sent():
    serializer = PointSerializer(data={"x": "a", "z": 1})
    serializer.is_valid()

    assert serializer.data == {"x": "a"}


def test_data_without_anything_is_the_initial_form():
    class Form(serializers.Serializer):
        name = serializers.CharField()
        kind = serializers.CharField(initial=lambda: "new")
        shown = serializers.CharField(read_only=True)

    assert Form().data == {"name": "", "kind": "new"}


def test_method_fields_answer_in_either_colour(colour):
    class Shown(PointSerializer):
        total = serializers.SerializerMethodField()
        waited = serializers.SerializerMethodField()
        named = serializers.SerializerMethodField("name_it")

        def get_total(self, point):
            return point["x"] + point["y"]

        async def aget_waited(self, point):
            return self.context["factor"] * point["x"]

        def name_it(self, point):
            return "it"

    serializer = Shown({"x": 1, "y": 2}, context={"factor": 10})

    assert colour.data(serializer) == {"x": 1, "y": 2, "total": 3, "waited": 10, "named": "it"}


def test_to_representation_may_be_overridden_in_either_colour(colour):
    class Short(PointSerializer):
        def to_representation(self, instance):
            return {**super().to_representation(instance), "short": True}

    class Late(Short):
        async def ato_representation(self, instance):
            return {**await super().ato_representation(instance), "late": True}

    assert colour.data(Late({"x": 1, "y": 2})) == {"x": 1, "y": 2, "short": True, "late": True}


def test_a_coroutine_is_told_to_await_where_data_has_to_wait(rows):
    class Books(serializers.Serializer):
        titles = serializers.ListField(child=serializers.CharField(source=None), source="names")

    class Author(serializers.Serializer):
        books = serializers.StringRelatedField(many=True, read_only=True)

    async def main():
        _ = Author(rows.ann).data

    from manoir.exceptions import SynchronousOnlyOperation

    with pytest.raises(SynchronousOnlyOperation, match=r"await serializer\.adata\(\)"):
        bridge.run(main())


# -- declarations -----------------------------------------------------------------------------------------------------


def test_fields_are_inherited_replaced_and_taken_away():
    class Base(serializers.Serializer):
        a = serializers.CharField()
        b = serializers.CharField()

    class Mixin:
        c = serializers.CharField()

    class Child(Mixin, Base):
        b = serializers.IntegerField()
        a = None

    assert list(Child().fields) == ["c", "b"]
    assert isinstance(Child().fields["b"], serializers.IntegerField)


def test_fields_of_one_instance_are_its_own():
    class Dynamic(PointSerializer):
        def __init__(self, *args, drop=(), **kwargs):
            super().__init__(*args, **kwargs)
            for name in drop:
                self.fields.pop(name)

    one, other = Dynamic(drop=["y"]), Dynamic()
    one.fields["x"].validators.append(lambda value: 1 / 0)
    one.fields["x"].error_messages["required"] = "Give x."
    one.fields["z"] = serializers.CharField(required=False)

    assert (list(one.fields), list(other.fields)) == (["x", "z"], ["x", "y"])
    assert other.fields["x"].validators == []
    assert not one.__class__(data={}).is_valid()
    assert Dynamic(data={"x": 1}).is_valid()
    assert one.fields["z"].label == "Z"


def test_get_fields_may_depend_on_the_context():
    class Versioned(PointSerializer):
        def get_fields(self):
            found = super().get_fields()
            if not self.context.get("staff"):
                del found["y"]
            return found

    assert (list(Versioned().fields), list(Versioned(context={"staff": True}).fields)) == (["x"], ["x", "y"])


def test_context_reaches_nested_fields():
    serializer = LineSerializer(context={"a": 1})

    assert serializer.fields["start"].fields["x"].context == {"a": 1}
    assert serializer.fields["points"].child.fields["x"].root is serializer


@pytest.mark.parametrize(
    "options",
    [{"read_only": True, "write_only": True}, {"read_only": True, "required": True}, {"required": True, "default": 1}],
)
def test_contradicting_options_are_refused(options):
    with pytest.raises(TypeError, match=r"CharField\("):
        serializers.CharField(**options)


def test_repr_shows_the_fields():
    assert repr(LineSerializer()) == (
        "LineSerializer():\n"
        "    name = CharField(max_length=5)\n"
        "    start = PointSerializer():\n"
        "        x = IntegerField()\n"
        "        y = IntegerField(default=0)\n"
        "    points = PointSerializer(many=True, required=False):\n"
        "        x = IntegerField()\n"
        "        y = IntegerField(default=0)"
    )


def test_repr_shows_options_and_reads_no_rows(counted):
    class Nested(serializers.Serializer):
        points = PointSerializer(many=True, read_only=True)
        start = PointSerializer(required=False, allow_null=True)
        tag = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all())

    with counted() as run:
        shown = repr(Nested(data={}, context={"request": None}))
    assert run == []
    assert shown == (
        "Nested():\n"
        "    points = PointSerializer(many=True, read_only=True):\n"
        "        x = IntegerField()\n"
        "        y = IntegerField(default=0)\n"
        "    start = PointSerializer(allow_null=True, required=False):\n"
        "        x = IntegerField()\n"
        "        y = IntegerField(default=0)\n"
        "    tag = PrimaryKeyRelatedField(queryset=<queryset of Tag>)"
    )


def test_bound_fields_have_value_and_errors_for_forms():
    serializer = PointSerializer(data={"x": "a"})
    serializer.is_valid()

    assert [(field.name, field.value, bool(field.errors)) for field in serializer] == [
        ("x", "a", True),
        ("y", None, False),
    ]
    assert serializer["x"].label == "X"


# -- lists ------------------------------------------------------------------------------------------------------------


def test_many_checks_each_item(colour):
    good = PointSerializer(data=[{"x": 1}, {"x": 2}], many=True)
    bad = PointSerializer(data=[{"x": 1}, {"x": "a"}], many=True)

    assert (colour.valid(good), colour.valid(bad)) == (True, False)
    assert good.validated_data == [{"x": 1, "y": 0}, {"x": 2, "y": 0}]
    assert good.errors == []
    assert bad.errors[0] == {}
    assert bad.errors[1]["x"][0].code == "invalid"


def test_many_creates_each_item(colour):
    serializer = PointSerializer(data=[{"x": 1}, {"x": 2}], many=True)
    assert colour.valid(serializer)

    assert [(one.x, one.tag) for one in colour.save(serializer, tag="t")] == [(1, "t"), (2, "t")]


def test_many_does_not_guess_updates():
    serializer = PointSerializer([SimpleNamespace(x=1, y=1)], data=[{"x": 1}], many=True)
    serializer.is_valid()

    with pytest.raises(TypeError, match="list_serializer_class"):
        serializer.save()


def test_a_list_serializer_of_ones_own():
    class Points(serializers.ListSerializer):
        def create(self, validated_data):
            return tuple(validated_data)

        def validate(self, attrs):
            if len(attrs) == 1:
                raise serializers.ValidationError("Lonely.")
            return attrs

    class Point(PointSerializer):
        class Meta:
            list_serializer_class = Points

    pair, lonely = Point(data=[{"x": 1}, {"x": 2}], many=True), Point(data=[{"x": 1}], many=True)

    assert (pair.is_valid(), lonely.is_valid()) == (True, False)
    assert isinstance(pair.save(), tuple)
    assert lonely.errors == {"non_field_errors": ["Lonely."]}


@pytest.mark.parametrize(
    ("options", "data", "code"),
    [
        ({}, {"x": 1}, "not_a_list"),
        ({"allow_empty": False}, [], "empty"),
        ({"max_length": 1}, [{"x": 1}, {"x": 2}], "max_length"),
        ({"min_length": 2}, [{"x": 1}], "min_length"),
        ({}, [{"x": 1}] * 10_001, "max_length"),
    ],
)
def test_lists_have_limits(options, data, code):
    """H44, H56: a list has a cap before any item is looked at."""
    serializer = PointSerializer(data=data, many=True, **options)

    assert not serializer.is_valid()
    assert serializer.errors["non_field_errors"][0].code == code


def test_data_of_many_is_a_list_that_knows_its_serializer(colour):
    serializer = PointSerializer([{"x": 1, "y": 2}], many=True)

    assert colour.data(serializer) == [{"x": 1, "y": 2}]
    assert isinstance(serializer.data, list)
    assert serializer.data.serializer is serializer
    assert serializer.data.encoded() == b'[{"x":1,"y":2}]'


def test_data_is_a_dict_that_knows_its_serializer():
    data = PointSerializer(OrderedDict(x=1, y=2)).data

    assert isinstance(data, dict)
    assert isinstance(data.serializer, PointSerializer)
    assert data.encoded() == b'{"x":1,"y":2}'
