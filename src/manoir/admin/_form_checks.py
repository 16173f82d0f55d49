"""What `manoir check` says about the options of forms and inlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from manoir.admin._display import attribute_of, find_field
from manoir.admin._forms import flatten, flatten_fieldsets
from manoir.checks import CheckMessage, Error
from manoir.exceptions import nearest
from manoir.forms import BaseModelForm, BaseModelFormSet, ModelForm, get_foreign_key


def form_options(model_admin: Any) -> Iterator[CheckMessage]:
    """Check the options of a ModelAdmin or an inline that are about its form."""
    yield from layout(model_admin)
    yield from readonly(model_admin)
    yield from radios(model_admin)
    yield from prepopulated(model_admin)
    if not (isinstance(model_admin.form, type) and issubclass(model_admin.form, BaseModelForm)):
        yield error(model_admin, f"form is a ModelForm, not {model_admin.form!r:.60}.", "E016")
    if not (isinstance(model_admin.view_on_site, bool) or callable(model_admin.view_on_site)):
        yield error(model_admin, "view_on_site is True, False or a function of the object.", "E025")
    for inline_class in getattr(model_admin, "inlines", ()) if is_list(getattr(model_admin, "inlines", ())) else ():
        yield from inline(model_admin, inline_class)


def error(model_admin: Any, text: str, number: str, hint: str | None = None) -> CheckMessage:
    cls: Any = type(model_admin) if not isinstance(model_admin, type) else model_admin
    return Error(text, hint=hint, obj=cls, id=f"manoir.admin.{number}")


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def known_names(model_admin: Any) -> list[str]:
    return [*model_admin.model._meta.names, *getattr(model_admin.form, "declared_fields", ())]


# -- which fields -----------------------------------------------------------------------------------------------------


def layout(model_admin: Any) -> Iterator[CheckMessage]:
    """`fields`, `fieldsets` and `exclude`."""
    fields, fieldsets, exclude = model_admin.fields, model_admin.fieldsets, model_admin.exclude
    if fields and fieldsets:
        yield error(model_admin, "Both fields and fieldsets say which fields there are.", "E005", "Keep one of them.")
        return
    if fields is not None and not is_list(fields):
        yield error(model_admin, f"fields is a list or tuple, not {fields!r:.60}.", "E004")
    elif fields:
        yield from names(model_admin, "fields", flatten(fields), "E006")
    if fieldsets:
        yield from groups(model_admin, fieldsets)
    if exclude is not None and not is_list(exclude):
        yield error(model_admin, f"exclude is a list or tuple, not {exclude!r:.60}.", "E014")
    elif exclude and len(set(exclude)) < len(exclude):
        yield error(model_admin, "exclude names a field twice.", "E015")


def groups(model_admin: Any, fieldsets: Any) -> Iterator[CheckMessage]:
    if not is_list(fieldsets):
        yield error(model_admin, f"fieldsets is a list or tuple, not {fieldsets!r:.60}.", "E007")
        return
    for number, group in enumerate(fieldsets):
        where = f"fieldsets[{number}]"
        if not is_list(group) or len(group) != 2 or not isinstance(group[1], Mapping):
            yield error(
                model_admin, f"{where} is a pair of a title and a dict with 'fields', not {group!r:.60}.", "E008"
            )
            return
        fields = cast("Mapping[str, Any]", group[1]).get("fields")
        if not is_list(fields):
            yield error(model_admin, f"{where}[1] needs 'fields', a list or tuple.", "E011")
            return
    yield from names(model_admin, "fieldsets", flatten_fieldsets(fieldsets), "E012")


def names(model_admin: Any, option: str, listed: Sequence[Any], number: str) -> Iterator[CheckMessage]:
    """Names that must be fields, or among `readonly_fields`; each once."""
    seen: set[Any] = set()
    readonly_names = model_admin.readonly_fields if is_list(model_admin.readonly_fields) else ()
    for name in listed:
        if name in seen:
            yield error(model_admin, f"{option} names {name!r} twice.", number)
        seen.add(name)
        if (
            not isinstance(name, str)
            or name in readonly_names
            or name in getattr(model_admin.form, "declared_fields", ())
        ):
            continue
        field = find_field(model_admin.model, name)
        if field is None and has_form_hook(model_admin):
            continue  # a form that is made for each request may have more fields
        if field is None:
            hint = nearest(name, known_names(model_admin))
            yield error(
                model_admin,
                f"{option} names {name!r}, which is no field of {model_admin.model.__name__}.{hint}",
                "E033",
            )
        elif field.many_to_many and not field.remote_field.through._meta.auto_created:
            yield error(
                model_admin,
                f"{option} names {name!r}, whose rows have a model of their own between.",
                "E013",
                hint=f"Make {field.remote_field.through.__name__} an inline.",
            )
        elif not getattr(field, "editable", False):
            yield error(
                model_admin,
                f"{option} names {name!r}, which cannot be edited.",
                "E034",
                hint="Name it in readonly_fields too.",
            )


def has_form_hook(model_admin: Any) -> bool:
    """Whether the form is made by an override, or declared by the project: it may have fields that nobody sees here."""
    own: Any = model_admin.form
    made_here = (
        str(getattr(type(model_admin).get_form, "__module__", "")) if hasattr(model_admin, "get_form") else "manoir"
    )
    return own is not ModelForm or not made_here.startswith("manoir.")


def readonly(model_admin: Any) -> Iterator[CheckMessage]:
    """`readonly_fields`."""
    for name in model_admin.readonly_fields if is_list(model_admin.readonly_fields) else ():
        if find_field(model_admin.model, name) is None and attribute_of(name, model_admin.model, model_admin) is None:
            hint = nearest(
                str(name), [*known_names(model_admin), *own_names(model_admin.model), *own_names(type(model_admin))]
            )
            yield error(
                model_admin,
                f"readonly_fields names {name!r}, which is no field, method or property of "
                f"{model_admin.model.__name__} or {type(model_admin).__name__}.{hint}",
                "E035",
            )


def own_names(cls: type[Any]) -> list[str]:
    """What a class of the project has, beside what manoir gives it."""
    bases = [base for base in cls.__mro__ if base is not object and not base.__module__.startswith("manoir.")]
    return [name for base in bases for name in vars(base) if not name.startswith("_")]


def radios(model_admin: Any) -> Iterator[CheckMessage]:
    """`radio_fields`."""
    if not isinstance(model_admin.radio_fields, Mapping):
        yield error(model_admin, "radio_fields is a dict of names to HORIZONTAL or VERTICAL.", "E021")
        return
    for name, direction in cast("Mapping[str, Any]", model_admin.radio_fields).items():
        field = find_field(model_admin.model, name)
        if field is None:
            hint = nearest(name, known_names(model_admin))
            yield error(model_admin, f"radio_fields names {name!r}, which is no field.{hint}", "E022")
        elif not (field.choices if not field.is_relation else not field.many_to_many):
            yield error(
                model_admin, f"radio_fields names {name!r}, which is no foreign key and has no choices.", "E023"
            )
        if direction not in (1, 2):
            yield error(model_admin, f"radio_fields[{name!r}] is admin.HORIZONTAL or admin.VERTICAL.", "E024")


def prepopulated(model_admin: Any) -> Iterator[CheckMessage]:
    """`prepopulated_fields`."""
    if not isinstance(model_admin.prepopulated_fields, Mapping):
        yield error(model_admin, "prepopulated_fields is a dict of a name to the names it is made of.", "E026")
        return
    for name, sources in cast("Mapping[str, Any]", model_admin.prepopulated_fields).items():
        field = find_field(model_admin.model, name)
        if field is None or field.is_relation or field.get_internal_type() in ("DateField", "DateTimeField"):
            yield error(model_admin, f"prepopulated_fields names {name!r}, which is no field of text.", "E028")
        if not is_list(sources):
            yield error(model_admin, f"prepopulated_fields[{name!r}] is a list or tuple.", "E029")
            continue
        for source in cast("Sequence[Any]", sources):
            if find_field(model_admin.model, source) is None:
                hint = nearest(str(source), known_names(model_admin))
                yield error(
                    model_admin, f"prepopulated_fields[{name!r}] names {source!r}, which is no field.{hint}", "E030"
                )


# -- inlines ----------------------------------------------------------------------------------------------------------


def inline(model_admin: Any, inline_class: Any) -> Iterator[CheckMessage]:
    """One of `inlines`."""
    if not (isinstance(inline_class, type) and hasattr(inline_class, "get_formset")):
        yield error(model_admin, f"inlines has {inline_class!r:.60}, which is no subclass of InlineModelAdmin.", "E104")
        return
    model: Any = getattr(inline_class, "model", None)
    if not hasattr(model, "_meta"):
        yield error(model_admin, f"{inline_class.__name__} needs `model`, the model of its rows.", "E105")
        return
    made: Any = inline_class(model_admin.model, model_admin.admin_site)
    try:
        if hasattr(made, "ct_field"):
            made.get_key()
        else:
            get_foreign_key(model_admin.model, model, fk_name=made.fk_name)
    except ValueError as problem:
        yield error(made, str(problem), "E202")
        return
    for option, number, may_be_none in (("extra", "E203", False), ("max_num", "E204", True), ("min_num", "E205", True)):
        value = getattr(made, option)
        if not isinstance(value, int) and not (may_be_none and value is None):
            yield error(made, f"{option} is a whole number, not {value!r:.40}.", number)
    if not (isinstance(made.formset, type) and issubclass(made.formset, BaseModelFormSet)):
        yield error(made, f"formset is a subclass of BaseModelFormSet, not {made.formset!r:.60}.", "E206")
    yield from made.check()
