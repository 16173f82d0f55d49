"""Templates, addresses, paginators, and what an AdminSite has registered."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError
from manoir.exceptions._start import ImproperlyConfigured


class ContentNotRenderedError(ManoirError):
    """The content of a response was read before the response was rendered."""


class TemplateDoesNotExist(ManoirError):
    """No loader found the template; the message lists where it was looked for."""

    code = "template.missing"

    def __str__(self) -> str:
        # Near names are looked for when somebody reads the message: trying several names in turn costs nothing.
        describe = self.__dict__.get("describe")
        return str(describe()) if describe is not None else super().__str__()


class TemplateSyntaxError(ManoirError):
    """A template cannot be compiled; the message names the file, the line and the tag."""

    code = "template.syntax"


class VariableDoesNotExist(ManoirError):
    """A custom template tag resolved a variable that its context does not have."""

    code = "template.variable"


class InvalidTemplateLibrary(ImproperlyConfigured):
    """A module of template tags cannot be imported, or has no `register = Library()`."""

    code = "template.library"


class ContextPopException(ManoirError):
    """A template context was popped more often than it was pushed."""


class AlreadyRegistered(ManoirError):
    """A model is registered with this AdminSite already."""


class NotRegistered(ManoirError):
    """A model is not registered with this AdminSite."""


class IncorrectLookupParameters(ManoirError):
    """The address of a change list carries a filter with a value that cannot be; the list is shown without it."""


class NoReverseMatch(ManoirError):
    """No URL pattern has this name with these arguments; the message lists close names and their arguments."""

    code = "urls.no_reverse_match"
    silent_variable_failure = True


class InvalidPage(ManoirError):
    """A paginator was asked for a page that it does not have."""


class PageNotAnInteger(InvalidPage):
    """The number of a page is no whole number."""


class EmptyPage(InvalidPage):
    """The number of a page is below 1, or past the last page."""


class UnorderedObjectListWarning(RuntimeWarning):
    """A paginator got a queryset without an order, so pages may overlap or miss rows."""
