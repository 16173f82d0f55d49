"""Serializers as a project writes them: overrides fit, and what is saved has the model's type."""

from __future__ import annotations

from typing import Any, assert_type

from app import Author

from manoir.rest import fields, relations, serializers


class Colour(fields.Field):
    def to_internal_value(self, data: Any) -> tuple[int, ...]:
        if not isinstance(data, str):
            self.fail("invalid")
        return tuple(bytes.fromhex(str(data)))

    def to_representation(self, value: tuple[int, ...]) -> str:
        return bytes(value).hex()


class Paint(serializers.Serializer):
    colour = Colour(required=False)
    names = fields.ListField(child=fields.CharField(max_length=10))
    made = serializers.SerializerMethodField()

    def get_made(self, paint: object) -> str:
        return str(paint)

    def validate_names(self, value: list[str]) -> list[str]:
        return sorted(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs

    async def acreate(self, validated_data: dict[str, Any]) -> object:
        return validated_data

    def to_representation(self, instance: object) -> dict[str, Any]:
        return {**super().to_representation(instance), "kind": "paint"}


class AuthorSerializer(serializers.ModelSerializer[Author]):
    mentor = relations.PrimaryKeyRelatedField(queryset=Author.objects.all(), required=False)

    class Meta:
        model = Author
        fields = ["name", "mentor"]

    def create(self, validated_data: dict[str, Any]) -> Author:
        author = super().create(validated_data)
        assert_type(author, Author)
        return author

    async def avalidate(self, data: dict[str, Any]) -> dict[str, Any]:
        return data


class Plain(serializers.ModelSerializer):
    class Meta:
        model = Author
        exclude = ["id"]


async def use(data: dict[str, Any]) -> None:
    serializer = AuthorSerializer(data=data, context={"request": None})
    if await serializer.ais_valid(raise_exception=True):
        assert_type(await serializer.asave(owner=1), Author)
    assert_type(serializer.is_valid(), bool)
    many = Plain(Author.objects.all(), many=True)
    assert await many.adata() is not None
    assert Paint(data=data).errors is not None
