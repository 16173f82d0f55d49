"""The door to the generic views: templates, redirects, objects, lists, forms.

- `_template.py`: `TemplateView`, `RedirectView` and what gives a context and a template
- `_objects.py`: `DetailView`, `ListView`
- `_editing.py`: `FormView`, `CreateView`, `UpdateView`, `DeleteView`
- `_hooks.py`: overrides of either colour (`get_queryset` or `async aget_queryset`)
"""

from __future__ import annotations

from manoir.views._base import View
from manoir.views.generic._editing import (
    BaseCreateView,
    BaseDeleteView,
    BaseFormView,
    BaseUpdateView,
    CreateView,
    DeleteView,
    DeletionMixin,
    FormMixin,
    FormView,
    ModelFormMixin,
    ProcessFormView,
    UpdateView,
)
from manoir.views.generic._objects import (
    BaseDetailView,
    BaseListView,
    DetailView,
    ListView,
    MultipleObjectMixin,
    MultipleObjectTemplateResponseMixin,
    SingleObjectMixin,
    SingleObjectTemplateResponseMixin,
)
from manoir.views.generic._template import ContextMixin, RedirectView, TemplateResponseMixin, TemplateView

__all__ = [
    "BaseCreateView",
    "BaseDeleteView",
    "BaseDetailView",
    "BaseFormView",
    "BaseListView",
    "BaseUpdateView",
    "ContextMixin",
    "CreateView",
    "DeleteView",
    "DeletionMixin",
    "DetailView",
    "FormMixin",
    "FormView",
    "ListView",
    "ModelFormMixin",
    "MultipleObjectMixin",
    "MultipleObjectTemplateResponseMixin",
    "ProcessFormView",
    "RedirectView",
    "SingleObjectMixin",
    "SingleObjectTemplateResponseMixin",
    "TemplateResponseMixin",
    "TemplateView",
    "UpdateView",
    "View",
]
