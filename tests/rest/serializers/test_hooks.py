"""Hooks of serializers and fields in both colours, from everywhere; and what the framework overrides is its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir import bridge
from manoir.bridge import sync_hooks
from manoir.rest import fields, relations, serializers
from manoir.rest._serializer_hooks import runs_foreign_code
from tests.bridge.hook_table import HookCase, check_hook, each_hook


class Base(serializers.Serializer):
    def create(self, validated_data):
        return validated_data


def valid(cls):
    serializer = cls(data={})
    serializer.is_valid()
    return serializer


CASES = {
    "validate": HookCase(serializers.Serializer, "validate", make=lambda cls: cls(), args=({},)),
    "to_representation": HookCase(serializers.Serializer, "to_representation", make=lambda cls: cls(), args=({},)),
    "to_internal_value": HookCase(serializers.Serializer, "to_internal_value", make=lambda cls: cls(), args=({},)),
    "create": HookCase(serializers.Serializer, "create", make=lambda cls: cls(), args=({},)),
    "save": HookCase(Base, "save", make=valid),
    "field": HookCase(fields.CharField, "to_internal_value", make=lambda cls: cls(), args=("a",)),
}


@pytest.mark.parametrize("name", [name for name in CASES if name != "create"])
@each_hook
def test_hooks_of_either_colour_from_everywhere(name, shape, place):
    check_hook(CASES[name], shape, place)


@pytest.mark.parametrize(
    "cls",
    [
        value
        for module in (fields, relations, serializers)
        for name in module.__all__
        if isinstance(value := getattr(module, name), type) and issubclass(value, fields.Field)
    ],
    ids=lambda cls: cls.__name__,
)
def test_what_the_framework_overrides_is_marked_as_its_own(cls):
    assert sync_hooks(cls) == frozenset()


class Plain(serializers.Serializer):
    x = serializers.IntegerField()


class Checked(Plain):
    def validate_x(self, value):
        return value


class Shown(Plain):
    y = serializers.SerializerMethodField()

    def get_y(self, instance):
        return 1


class Awaited(Plain):
    y = serializers.SerializerMethodField()

    async def aget_y(self, instance):
        return 1

    async def avalidate_x(self, value):
        return value


class OwnField(serializers.IntegerField):
    def to_internal_value(self, data):
        return super().to_internal_value(data)


class WithOwnField(serializers.Serializer):
    x = OwnField()


class Outer(serializers.Serializer):
    inner = Checked()
    many = Shown(many=True)


@pytest.mark.parametrize(
    ("cls", "writing", "showing"),
    [
        (Plain, False, False),
        (Checked, True, False),
        (Shown, False, True),
        (Awaited, False, False),
        (WithOwnField, True, False),
        (Outer, True, True),
    ],
)
def test_a_users_def_is_known_before_it_runs(cls, writing, showing):
    assert (runs_foreign_code(cls(), writing=True), runs_foreign_code(cls(), writing=False)) == (writing, showing)
    assert runs_foreign_code(cls(many=True), writing=True) == writing


def test_a_users_def_runs_in_a_thread_and_everything_else_on_the_loop():
    seen = []

    class Where(serializers.Serializer):
        x = serializers.IntegerField(validators=[lambda value: seen.append(bridge.in_spawn())])

    class Foreign(Where):
        def validate(self, attrs):
            return attrs

    async def main():
        await Where(data={"x": 1}).ais_valid()
        await Foreign(data={"x": 1}).ais_valid()

    bridge.run(main())

    assert seen == [True, False]


def test_an_error_that_is_no_validation_error_leaves_nothing_half_checked():
    class Broken(Plain):
        def validate(self, attrs):
            raise ZeroDivisionError

    serializer = Broken(data={"x": 1})
    with pytest.raises(ZeroDivisionError):
        serializer.is_valid()

    with pytest.raises(TypeError, match="is_valid"):
        _ = serializer.validated_data
    assert SimpleNamespace(**Plain({"x": 1}).data).x == 1
