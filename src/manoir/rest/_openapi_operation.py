"""One operation of OpenAPI: what a view takes and answers for one HTTP method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from manoir.exceptions import FieldDoesNotExist
from manoir.rest._model_info import may_be_protected
from manoir.rest._openapi_fields import Components, Schema, model_type, schema_of_type
from manoir.rest._openapi_security import counts_guesses, needs_somebody, schemes_of
from manoir.rest._rehearsal import names_object
from manoir.rest.permissions import AllowAny
from manoir.rest.serializers import BaseSerializer

F = TypeVar("F", bound=Callable[..., Any])

OPERATION = "__manoir_operation__"
ACTION_WORDS = {
    "list": "List",
    "create": "Create",
    "retrieve": "Show",
    "update": "Replace",
    "partial_update": "Change",
    "destroy": "Remove",
}
METHOD_WORDS = {"get": "read", "post": "create", "put": "update", "patch": "partial_update", "delete": "destroy"}
ERRORS = {
    "400": ("What was sent is not acceptable.", "Problem"),
    "401": ("Nobody is signed in.", "Error"),
    "403": ("Who asks may not do this.", "Error"),
    "404": ("There is nothing here, or nothing that is visible to who asks.", "Error"),
    "406": ("None of the media types that were asked for can be sent.", "Error"),
    "409": ("Other rows refer to it, and protect it.", "Error"),
    "413": ("The body is too large.", "Error"),
    "415": ("A body of this media type cannot be read.", "Error"),
    "429": ("Too many requests.", "Error"),
}
PAGES = frozenset({"400", "404", "413"})
"""Statuses that the server answers with a page of its own before a view is called: a path that leads nowhere, a body
that is too large."""
ERROR_SCHEMAS: Schema = {
    "Error": {
        "type": "object",
        "description": "An error in words.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    "Problem": {
        "description": "What is wrong with each field, or with the whole.",
        "anyOf": [
            {"$ref": "#/components/schemas/Error"},
            {"type": "object", "additionalProperties": {}},
            {"type": "array", "items": {}},
        ],
    },
}


def operation(
    *,
    request: Any = None,
    responses: Any = None,
    parameters: Sequence[Mapping[str, Any]] = (),
    summary: str | None = None,
    description: str | None = None,
    tags: Sequence[str] | None = None,
    operation_id: str | None = None,
    deprecated: bool = False,
    exclude: bool = False,
) -> Callable[[F], F]:
    """Say about a handler what its serializers and types do not.

    Args:
        request: serializer class, Python type or JSON schema of the body; None takes the view's serializer.
        responses: the same for the answer, or by status: `{200: BookSerializer, 202: None}`.
        parameters: further parameters, as OpenAPI writes them.
        summary: its name in a few words.
        description: more about it.
        tags: groups it belongs to.
        operation_id: its name for programs.
        deprecated: it is going to be removed.
        exclude: leave it out.

    Example:
        >>> @operation(summary="Recent books", responses={200: dict[str, int]})
        ... def recent(request): ...
    """

    def decorate(function: F) -> F:
        said = {
            "request": request,
            "responses": responses,
            "parameters": list(parameters),
            "summary": summary,
            "description": description,
            "tags": tags,
            "operation_id": operation_id,
            "deprecated": deprecated,
            "exclude": exclude,
        }
        setattr(function, OPERATION, said)
        return function

    return decorate


class AutoSchema:
    """Describes the operations of a view; give a view its own to change something of all of them.

    Args:
        tags: groups of the operations; None takes the first part of the address.
        operation_id_base: the noun in the operations' names; None takes the model's or the view's.
        component_name: unused name of a component, kept as documented.
    """

    def __init__(
        self,
        tags: Sequence[str] | None = None,
        operation_id_base: str | None = None,
        component_name: str | None = None,
    ) -> None:
        self.tags = tags
        self.operation_id_base = operation_id_base
        self.component_name = component_name

    def get_operation(
        self, view: Any, path: str, method: str, parameters: Schema, components: Components
    ) -> Schema | None:
        """Return the operation; None for one that is left out.

        Args:
            view: an instance whose `action` is that of the method.
            path: the address.
            method: the HTTP method, in small letters.
            parameters: what the address captures.
            components: where schemas are collected.
        """
        handler = getattr(view, getattr(view, "action", None) or method, None) or getattr(view, method)
        said = getattr(handler, OPERATION, {})
        if said.get("exclude"):
            return None
        found: Schema = {
            "operationId": said.get("operation_id") or self.get_operation_id(view, path, method),
            "summary": said.get("summary") or self.get_summary(view, method),
            "tags": list(said.get("tags") or self.get_tags(view, path)),
        }
        described = said.get("description") or self.get_description(view, handler)
        if described:
            found["description"] = described
        if said.get("deprecated"):
            found["deprecated"] = True
        listed = self.get_parameters(view, path, method, parameters) + said.get("parameters", [])
        if listed:
            found["parameters"] = listed
        body = self.get_request_body(view, method, said.get("request"), components)
        if body is not None:
            found["requestBody"] = body
        found["responses"] = self.get_responses(view, method, said.get("responses"), components, body is not None)
        found["security"] = self.get_security(view, method)
        return found

    # -- words --------------------------------------------------------------------------------------------------------

    def get_noun(self, view: Any) -> str:
        """Return what the view is about: its model, its basename, or its class's name."""
        if self.operation_id_base:
            return self.operation_id_base
        model = model_of(view)
        if model is not None:
            return model._meta.model_name
        name = getattr(view, "basename", None) or type(view).__name__
        return str(name).removesuffix("ViewSet").removesuffix("APIView").removesuffix("View").lower() or "root"

    def get_operation_id(self, view: Any, path: str, method: str) -> str:
        """Return its name for programs, `book_list`."""
        action = getattr(view, "action", None) or self.verb(view, method)
        return f"{self.get_noun(view)}_{action}"

    def verb(self, view: Any, method: str) -> str:
        return "list" if method == "get" and is_list(view) else METHOD_WORDS.get(method, method)

    def get_summary(self, view: Any, method: str) -> str:
        """Return its name in a few words."""
        action = getattr(view, "action", None) or self.verb(view, method)
        model = model_of(view)
        if action in ACTION_WORDS and model is not None:
            many = action == "list"
            return f"{ACTION_WORDS[action]} {model._meta.verbose_name_plural if many else model._meta.verbose_name}"
        return view.get_view_name() if action in METHOD_WORDS.values() else action.replace("_", " ").capitalize()

    def get_description(self, view: Any, handler: Any) -> str:
        """Return more about it: the docstring of the handler, else of the view."""
        own = handler.__doc__ if not str(handler.__module__).startswith("manoir.") else None
        return inspect.cleandoc(own) if own else view.get_view_description()

    def get_tags(self, view: Any, path: str) -> list[str]:
        """Return its groups: the first part of the address that is fixed."""
        if self.tags:
            return list(self.tags)
        fixed = [part for part in path.split("/") if part and not part.startswith("{")]
        return [fixed[-1] if len(fixed) == 1 else fixed[1 if fixed[0] == "api" else 0]] if fixed else ["api"]

    # -- in -----------------------------------------------------------------------------------------------------------

    def get_parameters(self, view: Any, path: str, method: str, captured: Schema) -> list[Schema]:
        """Return what the address captures, and what filters and pages take from the query."""
        found = [
            {"name": name, "in": "path", "required": True, "schema": self.path_schema(view, name, schema)}
            for name, schema in captured.items()
            if f"{{{name}}}" in path
        ]
        if method == "get" and is_list(view):
            for backend in getattr(view, "filter_backends", ()):
                found += backend().get_schema_operation_parameters(view)
            if getattr(view, "paginator", None) is not None:
                found += view.paginator.get_schema_operation_parameters(view)
        return found

    def path_schema(self, view: Any, name: str, schema: Schema) -> Schema:
        """Return the schema of a part of the address; of the look-up field that of its column."""
        model = model_of(view)
        looked_up = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", None)
        if model is None or name != looked_up or schema != {"type": "string"}:
            return schema
        try:
            field = model._meta.pk if view.lookup_field == "pk" else model._meta.get_field(view.lookup_field)
        except FieldDoesNotExist:
            return schema
        return model_type(field) or schema

    def get_request_body(self, view: Any, method: str, said: Any, components: Components) -> Schema | None:
        """Return the body by media type; None for methods without one."""
        if method not in ("post", "put", "patch"):
            return None
        partial = method == "patch"
        schema = schema_of(said, components, sent=True, partial=partial)
        if schema is None:
            serializer = serializer_of(view)
            if serializer is None:
                return None
            schema = components.reference(serializer, sent=True, partial=partial)
        media_types = [parser.media_type for parser in view.parser_classes]
        # Whether a further action reads its body nobody knows, until it says so.
        certain = said is not None or getattr(view, "action", None) in (None, *ACTION_WORDS)
        content = {media_type: {"schema": schema} for media_type in media_types}
        return {"content": content, "required": certain and not partial}

    # -- out ----------------------------------------------------------------------------------------------------------

    def get_responses(self, view: Any, method: str, said: Any, components: Components, has_body: bool) -> Schema:
        """Return the answers by status, errors included."""
        media_types = [one.media_type for one in view.renderer_classes if not getattr(one, "has_forms", False)]
        found: Schema = {}
        for status, schema in self.get_answers(view, method, said, components).items():
            found[status] = {"description": "" if schema is not None else "Nothing."}
            if schema is not None:
                found[status]["description"] = "The answer."
                found[status]["content"] = {media_type: {"schema": schema} for media_type in media_types}
        for status in self.get_error_statuses(view, method, has_body):
            words, component = ERRORS[status]
            reference = {"schema": {"$ref": f"#/components/schemas/{component}"}}
            content: Schema = dict.fromkeys(media_types, reference)
            if status in PAGES:
                content["text/html"] = {"schema": {"type": "string"}}
            found.setdefault(status, {"description": words, "content": content})
        components.schemas.update({name: ERROR_SCHEMAS[name] for name in ERROR_SCHEMAS})
        return found

    def get_answers(self, view: Any, method: str, said: Any, components: Components) -> dict[str, Schema | None]:
        """Return the schemas of what succeeds by status; None for no body."""
        usual = {"post": "201", "delete": "204"}.get(method, "200")
        if getattr(view, "action", None) not in (None, *ACTION_WORDS):
            usual = "200"
        if isinstance(said, Mapping) and all(str(key).isdecimal() for key in said):
            return {str(status): schema_of(one, components, sent=False) for status, one in said.items()}
        schema = schema_of(said, components, sent=False)
        if schema is not None:
            return {usual: schema}
        if usual == "204":
            return {usual: None}
        if usual == "200" and getattr(view, "action", None) not in (None, *ACTION_WORDS):
            return {usual: {}}  # a further action answers what it likes, until it says so
        serializer = serializer_of(view)
        if serializer is None:
            return {usual: {}}
        reference = components.reference(serializer)
        if method == "get" and is_list(view):
            reference = {"type": "array", "items": reference}
            paginator = getattr(view, "paginator", None)
            if paginator is not None and sends_pages(paginator):
                reference = paginator.get_paginated_response_schema(reference)
        return {usual: reference}

    def get_error_statuses(self, view: Any, method: str, has_body: bool) -> list[str]:
        """Return the statuses of what can go wrong."""
        found = ["400", "404", "406"]
        if list(view.permission_classes) not in ([], [AllowAny]) or view.authentication_classes:
            found += ["401", "403"]
        if method == "delete" and hasattr(view, "destroy") and may_be_protected(model_of(view)):
            found.append("409")
        if has_body:
            found += ["413", "415"]
        if view.throttle_classes or counts_guesses(view):
            found.append("429")
        return sorted(found)

    def get_security(self, view: Any, method: str) -> list[Schema]:
        """Return the schemes of the view's authenticators; an empty one where somebody may come in without."""
        found: list[Schema] = [{name: []} for name in schemes_of(view)]
        return found if needs_somebody(view, method) else [*found, {}]


def model_of(view: Any) -> Any:
    """Return the model of a view's queryset or serializer; None without one."""
    queryset = getattr(view, "queryset", None)
    if queryset is not None and hasattr(queryset, "model"):
        return queryset.model
    serializer = getattr(view, "serializer_class", None)
    return getattr(getattr(serializer, "Meta", None), "model", None)


def is_list(view: Any) -> bool:
    """Tell whether GET of a view lists objects."""
    action = getattr(view, "action", None)
    if action is not None:
        return action == "list"
    return hasattr(view, "list") and not names_object(view)


def sends_pages(paginator: Any) -> bool:
    size = getattr(paginator, "page_size", None) or getattr(paginator, "default_limit", None)
    return bool(size) or (not hasattr(paginator, "page_size") and not hasattr(paginator, "default_limit"))


def serializer_of(view: Any) -> Any:
    """Return the serializer of a view; None where it has none, or needs a request to know it."""
    if not hasattr(view, "get_serializer"):
        return None
    try:
        return view.get_serializer()
    except (AssertionError, AttributeError, TypeError, KeyError):
        return None


def schema_of(said: Any, components: Components, *, sent: bool, partial: bool = False) -> Schema | None:
    """Return the schema of a serializer, a type or a schema; None for nothing."""
    if said is None:
        return None
    if isinstance(said, type) and issubclass(said, BaseSerializer):
        return components.reference(said(), sent=sent, partial=partial)
    if isinstance(said, BaseSerializer):
        return components.reference(said, sent=sent, partial=partial)
    if isinstance(said, Mapping):
        return dict(said)
    return schema_of_type(said)
