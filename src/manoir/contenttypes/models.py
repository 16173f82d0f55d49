"""The model `ContentType`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from manoir import models
from manoir.apps import apps
from manoir.bridge import blocking
from manoir.db import DEFAULT_DB_ALIAS, router

__all__ = ["ContentType", "ContentTypeManager"]


class ContentTypeManager(models.Manager[Any]):
    """Finds content types, and reads each of them only once in a process."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[str, Any], Any] = {}

    async def aget_for_model(self, model: Any, for_concrete_model: bool = True) -> ContentType:
        """Return the content type of a model or an instance; its row is made when it is missing.

        Args:
            model: a model class or an instance of one.
            for_concrete_model: a proxy counts as the model it stands for; False asks for the proxy's own.

        Example:
            >>> (await ContentType.objects.aget_for_model(Book)).model  # doctest: +SKIP
            'book'
        """
        options = self.options_of(model, for_concrete_model)
        key = (options.app_label, options.model_name)
        alias = self._alias()
        found = self.known.get((alias, key))
        if found is None:
            found, _made = await self.using(alias).aget_or_create(app_label=key[0], model=key[1])
            self._remember(alias, found)
        return found

    get_for_model = blocking(aget_for_model)

    async def aget_for_models(self, *for_models: Any, for_concrete_models: bool = True) -> dict[Any, ContentType]:
        """Return the content types of several models, by model; one query reads all that are not known yet."""
        alias = self._alias()
        keys = {
            model: (options.app_label, options.model_name)
            for model in for_models
            for options in [self.options_of(model, for_concrete_models)]
        }
        missing = {key for key in keys.values() if (alias, key) not in self.known}
        if missing:
            labels, names = {key[0] for key in missing}, {key[1] for key in missing}
            async for row in self.using(alias).filter(app_label__in=labels, model__in=names):
                self._remember(alias, row)
        return {
            model: self.known.get((alias, key)) or await self.aget_for_model(model, for_concrete_models)
            for model, key in keys.items()
        }

    get_for_models = blocking(aget_for_models)

    async def aget_for_id(self, id: int) -> ContentType:
        """Return the content type with a key.

        Raises:
            ContentType.DoesNotExist: there is no such row.
        """
        alias = self._alias()
        found = self.known.get((alias, id))
        if found is None:
            found = await self.using(alias).aget(pk=id)
            self._remember(alias, found)
        return found

    get_for_id = blocking(aget_for_id)

    async def aget_by_natural_key(self, app_label: str, model: str) -> ContentType:
        """Return the content type of a label and a model's name in lower case.

        Raises:
            ContentType.DoesNotExist: there is no such row.
        """
        alias = self._alias()
        found = self.known.get((alias, (app_label, model)))
        if found is None:
            found = await self.using(alias).aget(app_label=app_label, model=model)
            self._remember(alias, found)
        return found

    get_by_natural_key = blocking(aget_by_natural_key)

    def known_for_model(self, model: Any, for_concrete_model: bool = True) -> ContentType | None:
        """Return the content type of a model or an instance where it was read before; None asks for `get_for_model`."""
        options = self.options_of(model, for_concrete_model)
        return self.known.get((self._alias(), (options.app_label, options.model_name)))

    async def aget_known(self, ids: Iterable[int]) -> dict[int, ContentType]:
        """Return content types by their keys; one query reads all that are not known yet, and unknown keys are left out."""
        alias, wanted = self._alias(), list(ids)
        missing = [key for key in wanted if (alias, key) not in self.known]
        if missing:
            async for row in self.using(alias).filter(pk__in=missing):
                self._remember(alias, row)
        return {key: self.known[alias, key] for key in wanted if (alias, key) in self.known}

    def clear_cache(self) -> None:
        """Forget what was read."""
        self.known.clear()

    def forget_changed(self, alias: str, app_label: str, present: Mapping[str, int]) -> None:
        """Forget everything of a database whose content types of an app have other keys now, as after a flush.

        Args:
            alias: the database.
            app_label: the app.
            present: keys of the rows that are there, by the model's name.
        """
        for (place, key), row in self.known.items():
            if place == alias and isinstance(key, tuple) and key[0] == app_label and present.get(key[1]) != row.pk:
                for stale in [known for known in self.known if known[0] == alias]:
                    del self.known[stale]
                return

    def _alias(self) -> str:
        return self._db or router.db_for_read(self.model) or DEFAULT_DB_ALIAS

    def _remember(self, alias: str, row: Any) -> None:
        self.known[alias, (row.app_label, row.model)] = row
        self.known[alias, row.pk] = row

    def options_of(self, model: Any, for_concrete_model: bool = True) -> Any:
        """Return the `_meta` of the model that a content type of this model, or instance of one, stands for.

        Raises:
            TypeError: it is no model and no instance of one.
        """
        if not hasattr(model, "_meta"):
            raise TypeError(f"A content type belongs to a model or an instance of one, not to {model!r:.80}.")
        return model._meta.concrete_model._meta if for_concrete_model else model._meta


class ContentType(models.Model):
    """Which model something belongs to.

    Attributes:
        app_label: label of the model's app.
        model: name of the model in lower case.
    """

    app_label = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    objects = ContentTypeManager()

    class Meta:
        """The table."""

        app_label = "contenttypes"
        db_table = "django_content_type"
        verbose_name = "content type"
        verbose_name_plural = "content types"
        constraints = [
            models.UniqueConstraint(fields=["app_label", "model"], name="django_content_type_app_model_uniq")
        ]

    def __str__(self) -> str:
        return self.app_labeled_name

    @property
    def name(self) -> str:
        """The model's `verbose_name`, or its name when the model is gone."""
        model = self.model_class()
        return str(model._meta.verbose_name) if model is not None else self.model

    @property
    def app_labeled_name(self) -> str:
        """The app's name and the model's, for people."""
        model = self.model_class()
        if model is None:
            return self.model
        return f"{apps.get_app_config(self.app_label).verbose_name} | {model._meta.verbose_name}"

    def natural_key(self) -> tuple[str, str]:
        """Return label and name, which are the same in every database."""
        return (self.app_label, self.model)

    def model_class(self) -> Any:
        """Return the model, or None when the project has it no more."""
        try:
            return apps.get_model(self.app_label, self.model)
        except LookupError:
            return None

    async def aget_object_for_this_type(self, using: str | None = None, **kwargs: Any) -> Any:
        """Return the one row of the model that the lookups find.

        Raises:
            DoesNotExist, MultipleObjectsReturned: of that model.
            LookupError: the model is gone.
        """
        return await self._rows(using).aget(**kwargs)

    get_object_for_this_type = blocking(aget_object_for_this_type)

    def get_all_objects_for_this_type(self, **kwargs: Any) -> Any:
        """Return a queryset of the rows of the model that the lookups find."""
        return self._rows(None).filter(**kwargs)

    def _rows(self, using: str | None) -> Any:
        model = self.model_class()
        if model is None:
            raise LookupError(f"The project has no model {self.model!r} in the app {self.app_label!r} any more.")
        manager = model._base_manager
        return manager.using(using) if using else manager.all()
