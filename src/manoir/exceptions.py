"""Every error of manoir, in one tree.

Errors that Django documents keep its name and its documented bases; each class says when it happens. `code` is stable
and may be matched by programs, `status` is the HTTP status a client sees when the error leaves a view.

    ManoirError
    ├── ImproperlyConfigured               settings are missing, contradict each other or name what does not exist
    │   ├── SettingNotFound (AttributeError)
    │   ├── InvalidCacheBackendError       CACHES does not have the alias, or its BACKEND cannot be used
    │   └── InvalidStorageError            the same for STORAGES
    ├── AppRegistryNotReady                models or apps were asked for before setup
    ├── MessageFailure                     a message was added, and no middleware keeps it
    ├── ScannerUnavailable                 the scanner of uploads gave no verdict
    ├── UploadFileException                an upload handler changes the course of an upload
    │   ├── StopUpload                     nothing more of the form's files is kept
    │   ├── SkipFile                       this file is not kept
    │   └── StopFutureHandlers             the handlers after this one do not see the file
    ├── MiddlewareNotUsed                  a middleware has nothing to do under these settings
    ├── CommandError                       a command was called wrongly, or could not do its work
    │   └── SystemCheckError               a system check found an error, so the command did not run
    ├── DatabaseAccessRefused (AssertionError)  a test queried a database that it did not ask for
    ├── RedirectCycleError                 the test client was led in a circle
    ├── SynchronousOnlyOperation           sync code would have blocked the event loop
    ├── RelationNotLoaded (AttributeError) a relation was touched in a coroutine, where reading an attribute cannot wait
    ├── FieldError                         a query names a field or a lookup that does not exist
    │   └── FieldTypeError (TypeError)     a query gives a lookup a value of the wrong type
    ├── FieldDoesNotExist                  `_meta.get_field()` was given an unknown name
    ├── ObjectDoesNotExist                 base of every `Model.DoesNotExist`                               404 in shortcuts only
    ├── MultipleObjectsReturned            base of every `Model.MultipleObjectsReturned`
    ├── NotUpdated                         base of every `Model.NotUpdated`: a forced update met no row
    ├── EmptyResultSet, FullResultSet      a condition can match nothing, or everything (inside the query builder)
    ├── ValidationError                    a value is not acceptable; carries codes, parameters, fields
    ├── DatabaseError and its kin          what a database or its driver refused (see below)
    ├── MigrationError
    │   ├── AmbiguityError, BadMigrationError, CircularDependencyError, InconsistentMigrationHistory
    │   └── InvalidBasesError, IrreversibleError, NodeNotFoundError
    ├── TemplateSyntaxError, TemplateDoesNotExist, VariableDoesNotExist, InvalidTemplateLibrary, ContextPopException
    ├── TaskException                      work in the background
    │   ├── InvalidTask, InvalidTaskBackend (ImproperlyConfigured), TaskArgumentError (TypeError)
    │   ├── TaskMessageError               a stored message is no task of this project; UnknownTask: its name is not registered
    │   ├── TaskResultDoesNotExist, TaskResultMismatch, TaskFailed, TaskCancelled, TaskLeaseLost, WorkerLost
    │   └── Retry, SoftTimeLimitExceeded, TimeLimitExceeded
    ├── NoReverseMatch                     no URL pattern has this name with these arguments
    ├── AlreadyRegistered, NotRegistered   a model is, or is not, registered with an AdminSite
    ├── IncorrectLookupParameters          the address of a change list has a filter that cannot be
    ├── ContentNotRenderedError            `.content` of a response that was not rendered yet
    ├── BadSignature (SuspiciousOperation)
    │   └── SignatureExpired
    ├── InvalidPage                        a page that a paginator does not have
    │   └── PageNotAnInteger, EmptyPage
    ├── HTTPError                          errors that become an answer
    │   ├── Http404                                                                                         404
    │   │   └── Resolver404                no pattern matches the path
    │   ├── PermissionDenied                                                                                403
    │   ├── APIException               errors of APIs with a status each: APIValidationError, ParseError,
    │   │                              AuthenticationFailed, NotAuthenticated, APIPermissionDenied, NotFound,
    │   │                              MethodNotAllowed, NotAcceptable, UnsupportedMediaType, Throttled
    │   └── SuspiciousOperation                                                                             400
    │       ├── BadRequest
    │       │   └── UnsupportedContentEncoding                                                              415
    │       ├── DisallowedHost, DisallowedRedirect
    │       ├── DisallowedModelAdminLookup, DisallowedModelAdminToField
    │       ├── SuspiciousFileOperation, InvalidHeader, SessionInterrupted
    │       ├── TooManyFieldsSent, TooManyFilesSent, MultiPartParserError
    │       └── RequestDataTooBig                                                                           413
    └── InterfaceError, DatabaseError
                        ├── DataError, OperationalError, IntegrityError (ProtectedError, RestrictedError),
                        └── InternalError, ProgrammingError, NotSupportedError, TransactionManagementError
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar, TypeAlias

NON_FIELD_ERRORS = "__all__"
"""The key under which errors stand that belong to no single field."""


def nearest(name: str, known: Iterable[str], *, prefix: str = " Did you mean {}?") -> str:
    """Name the known words closest to a mistyped one, ready to be added to an error message.

    Args:
        name: what was typed.
        known: the words that would have been right.
        prefix: the sentence, with `{}` where the words go.

    Returns:
        The sentence with up to three words in quotes, or "" when nothing is near.

    Example:
        >>> nearest("titel", ["title", "body"])
        " Did you mean 'title'?"
    """
    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return prefix.format(" or ".join(repr(word) for word in close)) if close else ""


class ManoirError(Exception):
    """Root of all errors that manoir raises on purpose.

    Attributes:
        code: stable name of the kind of error, for programs and for the documentation.
    """

    code: ClassVar[str | None] = None


# -- configuration and start ------------------------------------------------------------------------------------------


class ImproperlyConfigured(ManoirError):
    """A setting is missing, has a value that cannot be used, or names something that does not exist."""


class SettingNotFound(ImproperlyConfigured, AttributeError):
    """`settings.NAME` was read, but neither the project nor manoir defines NAME."""


class InvalidCacheBackendError(ImproperlyConfigured):
    """CACHES has no such alias, or the BACKEND of an alias cannot be used."""


class InvalidStorageError(ImproperlyConfigured):
    """STORAGES has no such alias, or the BACKEND of an alias cannot be used."""


class AppRegistryNotReady(ManoirError):
    """Apps or models were asked for before `manoir.setup()` had loaded them."""


class ScannerUnavailable(ManoirError):
    """The scanner of uploads did not answer, or its answer is no verdict."""


class UploadFileException(ManoirError):
    """An upload handler changes the course of an upload; raised by handlers, never seen by views."""


class StopUpload(UploadFileException):
    """Nothing more of the form's files is kept: what came so far is given up.

    Args:
        connection_reset: do not read the rest of the body either; the request is answered 400.
    """

    def __init__(self, connection_reset: bool = False) -> None:
        self.connection_reset = connection_reset
        rest = "the rest of the body is not read" if connection_reset else "the rest of the body is read and dropped"
        super().__init__(f"The upload was stopped by a handler; {rest}.")


class SkipFile(UploadFileException):
    """This file is not kept; its bytes are read and dropped."""


class StopFutureHandlers(UploadFileException):
    """The handlers after this one do not see the file. Raised by `new_file`."""


class MessageFailure(ManoirError):
    """A message was added, and there is no MessageMiddleware to keep it."""


class MiddlewareNotUsed(ManoirError):
    """A middleware says, when it is made, that it has nothing to do; it is left out."""


class CommandError(ManoirError):
    """A command was called wrongly or could not do its work; shown without a traceback.

    Args:
        message: what was wrong and what to do.
        returncode: exit status of the process, 1 unless told.
    """

    def __init__(self, *args: object, returncode: int = 1) -> None:
        self.returncode = returncode
        super().__init__(*args)


class SystemCheckError(CommandError):
    """System checks found errors that must be corrected before the command can run; the message lists them."""


# -- sync and async ---------------------------------------------------------------------------------------------------


class SynchronousOnlyOperation(ManoirError):
    """A sync call that has to wait was made directly inside a coroutine; the message names the awaitable twin."""


class RelationNotLoaded(ManoirError, AttributeError):
    """An unloaded relation or deferred field was touched inside a coroutine; the message names the cures."""

    code = "relation_not_loaded"


class ContentNotRenderedError(ManoirError):
    """The content of a response was read before the response was rendered."""


# -- models and queries -----------------------------------------------------------------------------------------------


class FieldError(ManoirError):
    """A query, form or serializer names a field, lookup or expression that does not exist there."""

    code = "query.unknown_field"


class FieldTypeError(FieldError, TypeError, ValueError):
    """A lookup got a value that its field can never hold."""

    code = "query.wrong_type"


class FieldDoesNotExist(ManoirError):
    """`_meta.get_field()` was given a name that is no field of the model."""


class ObjectDoesNotExist(ManoirError):
    """A query for exactly one object matched none. Each model has its own `DoesNotExist` below this class."""

    silent_variable_failure = True


class MultipleObjectsReturned(ManoirError):
    """A query for exactly one object matched several."""


class NotUpdated(ManoirError):
    """`save(force_update=True)` or `save(update_fields=…)` met no row."""


class EmptyResultSet(ManoirError):
    """A condition can match no row; the query builder answers without asking the database."""


class FullResultSet(ManoirError):
    """A condition matches every row; the query builder leaves it out."""


ValidationMessage: TypeAlias = "str | ValidationError | Sequence[ValidationMessage] | Mapping[str, ValidationMessage]"


class ValidationError(ManoirError):
    """A value is not acceptable.

    Args:
        message: one message; or a list of messages and errors; or a mapping of field names to such lists. A message
            may be a lazy string and may hold `%(name)s` placeholders that `params` fill.
        code: stable name of the mistake, such as `"required"`; for a single message.
        params: values of the placeholders; for a single message.

    Attributes:
        error_list: every single error below this one, in order.
        error_dict: the same by field; only there when the error was built from a mapping.

    Example:
        >>> ValidationError("%(value)s is odd", code="odd", params={"value": 3}).messages
        ['3 is odd']
    """

    message: Any
    error_dict: dict[str, list[ValidationError]]
    error_list: list[ValidationError]

    def __init__(self, message: Any, code: str | None = None, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code, params)
        if isinstance(message, ValidationError):
            if hasattr(message, "error_dict"):
                message = message.error_dict
            elif hasattr(message, "message"):
                message, code, params = message.message, message.error_code, message.params
            else:
                message = message.error_list
        self.error_code: str | None = code
        self.params: Mapping[str, Any] | None = params
        if isinstance(message, Mapping):
            self.error_dict = {
                str(field): as_validation_error(messages).error_list for field, messages in message.items()
            }
        elif isinstance(message, (list, tuple)):
            self.error_list = [error for part in message for error in flatten_validation_error(part)]
        else:
            self.message = message
            self.error_list = [self]

    def __getattribute__(self, name: str) -> Any:
        # Django documents `code` on instances; the class attribute of ManoirError names the kind of exception.
        return super().__getattribute__("error_code" if name == "code" else name)

    @property
    def message_dict(self) -> dict[str, list[str]]:
        """Messages by field; AttributeError when this error was not built from a mapping."""
        return {field: ValidationError(errors).messages for field, errors in self.error_dict.items()}

    @property
    def messages(self) -> list[str]:
        """All messages, placeholders filled."""
        if hasattr(self, "error_dict"):
            return [text for errors in self.error_dict.values() for text in ValidationError(errors).messages]
        return [error.text for error in self.error_list]

    @property
    def text(self) -> str:
        """The message of a single error, placeholders filled."""
        # `%` before `str`: a lazy plural chooses its form by the parameters.
        return str(self.message % self.params) if self.params else str(self.message)

    def update_error_dict(self, error_dict: dict[str, list[ValidationError]]) -> dict[str, list[ValidationError]]:
        """Add this error's errors to `error_dict`, by field, and return it."""
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                error_dict.setdefault(field, []).extend(errors)
        else:
            error_dict.setdefault(NON_FIELD_ERRORS, []).extend(self.error_list)
        return error_dict

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self, "error_dict"):
            yield from self.message_dict.items()
        else:
            yield from self.messages

    def __str__(self) -> str:
        return repr(dict(self)) if hasattr(self, "error_dict") else repr(list(self))

    def __repr__(self) -> str:
        return f"ValidationError({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValidationError) and hash(self) == hash(other)

    def __hash__(self) -> int:
        if hasattr(self, "error_dict"):
            return hash(tuple(sorted((field, tuple(errors)) for field, errors in self.message_dict.items())))
        if hasattr(self, "message"):
            params = tuple(sorted((key, repr(value)) for key, value in (self.params or {}).items()))
            return hash((str(self.message), self.error_code, params))
        return hash(tuple(sorted(hash(error) for error in self.error_list)))


def as_validation_error(message: Any) -> ValidationError:
    """Return `message` itself when it is a ValidationError, otherwise one that holds it."""
    return message if isinstance(message, ValidationError) else ValidationError(message)


def flatten_validation_error(message: Any) -> list[ValidationError]:
    """Return the single errors of one member of a list of messages."""
    error = as_validation_error(message)
    if hasattr(error, "error_dict"):
        return [single for errors in error.error_dict.values() for single in errors]
    return error.error_list


# -- databases --------------------------------------------------------------------------------------------------------


class InterfaceError(ManoirError):
    """The driver was used wrongly, for example after its connection was closed."""


class DatabaseError(ManoirError):
    """Base of what a database refuses. The driver's own error is the `__cause__`."""


class DataError(DatabaseError):
    """A value does not fit its column: out of range, too long, not a date."""


class OperationalError(DatabaseError):
    """The database did not do its part: not reachable, connection lost, out of memory, lock not granted in time."""


class IntegrityError(DatabaseError):
    """A constraint of the database was violated."""


class ProtectedError(IntegrityError):
    """Rows that are to be deleted are pointed to with `on_delete=PROTECT`.

    Attributes:
        protected_objects: the instances that point to them.
    """

    def __init__(self, message: str, protected_objects: set[Any]) -> None:
        super().__init__(message, protected_objects)
        self.protected_objects = protected_objects


class RestrictedError(IntegrityError):
    """Rows that are to be deleted are pointed to with `on_delete=RESTRICT`, by rows that would stay.

    Attributes:
        restricted_objects: the instances that point to them.
    """

    def __init__(self, message: str, restricted_objects: set[Any]) -> None:
        super().__init__(message, restricted_objects)
        self.restricted_objects = restricted_objects


class InternalError(DatabaseError):
    """The database is in a state it reports as its own fault."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: a table or column that does not exist, a syntax error, missing rights."""


class NotSupportedError(DatabaseError):
    """The database cannot do what was asked."""


class TransactionManagementError(ProgrammingError):
    """A transaction was used in a way that cannot work, for example after an error broke it."""


# -- tests ------------------------------------------------------------------------------------------------------------


class DatabaseAccessRefused(ManoirError, AssertionError):
    """A test queried a database that it did not ask for; the query could have reached the project's own data."""


class RedirectCycleError(ManoirError):
    """Following redirects, the test client came back to a page, or took too many steps.

    Attributes:
        last_response: the response at which it was noticed.
        redirect_chain: pairs of URL and status.
    """

    def __init__(self, message: str, last_response: Any) -> None:
        super().__init__(message)
        self.last_response = last_response
        self.redirect_chain: list[tuple[str, int]] = last_response.redirect_chain


# -- migrations -------------------------------------------------------------------------------------------------------


class MigrationError(ManoirError):
    """Base of what is wrong with migrations: their files, their graph, their history."""


class AmbiguityError(MigrationError):
    """The beginning of a migration's name fits several."""


class BadMigrationError(MigrationError):
    """A file in a migrations package holds no usable migration."""


class CircularDependencyError(MigrationError):
    """Migrations depend on each other in a circle; the message names it."""


class InconsistentMigrationHistory(MigrationError):
    """A migration is recorded as applied although one that it depends on is not."""


class InvalidBasesError(MigrationError, ValueError):
    """The bases of a historical model cannot be found."""


class IrreversibleError(MigrationError, RuntimeError):
    """A migration holds an operation that cannot be undone."""


class NodeNotFoundError(MigrationError, LookupError):
    """A migration that something depends on does not exist."""


# -- templates and URLs -----------------------------------------------------------------------------------------------


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


# -- background work --------------------------------------------------------------------------------------------------


class TaskException(ManoirError):
    """Root of the errors of tasks."""


class InvalidTask(TaskException):
    """A task is declared or asked for in a way that its backend cannot follow."""


class InvalidTaskBackend(TaskException, ImproperlyConfigured):
    """TASKS has no such alias, or the BACKEND of an alias cannot be used."""


class TaskArgumentError(TaskException, TypeError):
    """A task was given arguments that its function does not take, or that no message can carry."""


class TaskMessageError(TaskException):
    """A message out of a queue is damaged, forged or too large; it is put aside, never run."""

    code = "tasks.message"


class UnknownTask(TaskMessageError):
    """A message names a task that no installed app registered; nothing is imported for it."""

    code = "tasks.unknown"


class TaskResultDoesNotExist(TaskException, ObjectDoesNotExist):
    """The backend knows no task of this id: it never did, or the result was pruned."""


class TaskResultMismatch(TaskException):
    """The result of another task was asked for."""


class WorkerLost(TaskException):
    """The workers that ran a task were lost so often that it is not given to another one."""


class TaskFailed(TaskException):
    """A result was waited for, and the task had failed."""


class TaskCancelled(TaskException):
    """A result was waited for, and the task had been cancelled."""


class TaskLeaseLost(TaskException):
    """A worker wanted to finish a task that was given to another worker meanwhile: what it wrote is rolled back."""


class Retry(TaskException):
    """Raised by a task that wants to run again later.

    Args:
        message: why, for the log and the monitoring page.
        countdown: seconds until then; None: what the task's backoff says.
        eta: the moment; None: what `countdown` says.
    """

    def __init__(self, message: str = "", *, countdown: float | None = None, eta: datetime | None = None) -> None:
        self.countdown = countdown
        self.eta = eta
        super().__init__(message)


class SoftTimeLimitExceeded(TaskException):
    """Raised inside a task that runs longer than its soft limit, so that it can clean up."""


class TimeLimitExceeded(TaskException):
    """A task ran longer than its hard limit and was ended."""


# -- errors that become an answer -------------------------------------------------------------------------------------


class HTTPError(ManoirError):
    """An error that reaches the client as an answer with `status`.

    Attributes:
        status: the HTTP status of the answer.
    """

    status: ClassVar[int] = 500


class Http404(HTTPError):
    """What was asked for does not exist, or is not visible to who asks."""

    status = 404


class Resolver404(Http404):
    """No URL pattern matches the path."""


class PermissionDenied(HTTPError):
    """Who asks may not do this."""

    status = 403


class SuspiciousOperation(HTTPError):
    """A request is malformed or tampered with; answered with 400 and logged on `manoir.security.<class name>`."""

    status = 400


class BadRequest(SuspiciousOperation):
    """A request cannot be understood."""


class UnsupportedContentEncoding(BadRequest):
    """A form is compressed; answered with 415. Nothing unpacks bodies: a few bytes could become gigabytes."""

    status = 415


class SessionInterrupted(BadRequest):
    """A session was removed while a request changed it, as by a sign-out in another tab; answered with 400."""


class DisallowedHost(SuspiciousOperation):
    """The Host header names no host of ALLOWED_HOSTS."""


class DisallowedRedirect(SuspiciousOperation):
    """A redirect has a scheme that is not allowed."""


class DisallowedModelAdminLookup(SuspiciousOperation):
    """The address of a change list filters by something that the ModelAdmin does not offer."""


class DisallowedModelAdminToField(SuspiciousOperation):
    """A popup was asked for the value of a field that no registered relation points to."""


class SuspiciousFileOperation(SuspiciousOperation):
    """A file name leaves the storage it belongs to."""


class InvalidHeader(SuspiciousOperation, ValueError):
    """A header's name or value holds characters that HTTP does not allow there."""


class TooManyFieldsSent(SuspiciousOperation):
    """A request has more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS."""


class TooManyFilesSent(SuspiciousOperation):
    """A request has more files than DATA_UPLOAD_MAX_NUMBER_FILES."""


class MultiPartParserError(SuspiciousOperation):
    """A multipart body cannot be parsed."""


class RequestDataTooBig(SuspiciousOperation):
    """A body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status = 413


class BadSignature(SuspiciousOperation):
    """A signed value was not signed by this key for this purpose."""


class SignatureExpired(BadSignature):
    """A signed value is older than `max_age` allows."""


# -- APIs -------------------------------------------------------------------------------------------------------------


class ErrorDetail(str):
    """The words of an API error with its stable code.

    Example:
        >>> ErrorDetail("Too long.", code="max_length").code
        'max_length'
    """

    code: str | None

    def __new__(cls, string: object, code: str | None = None) -> ErrorDetail:
        """Make one of any value's text."""
        self = super().__new__(cls, str(string))
        self.code = code
        return self

    def __eq__(self, other: object) -> bool:
        same = str.__eq__(self, other)
        return bool(same and self.code == other.code) if isinstance(other, ErrorDetail) else same is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __repr__(self) -> str:
        return f"ErrorDetail(string={str(self)!r}, code={self.code!r})"


def error_details(data: Any, code: str) -> Any:
    """Return lists, mappings and texts of errors with every text an ErrorDetail."""
    if isinstance(data, Mapping):
        return {key: error_details(value, code) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [error_details(value, code) for value in data]
    return data if isinstance(data, ErrorDetail) else ErrorDetail(data, code)


def error_codes(detail: Any) -> Any:
    """Return the codes of error details in the same shape."""
    if isinstance(detail, Mapping):
        return {key: error_codes(value) for key, value in detail.items()}
    if isinstance(detail, list):
        return [error_codes(value) for value in detail]
    return getattr(detail, "code", None)


class APIException(HTTPError):
    """An error that an API answers with `status_code` and `detail`; subclass it for your own.

    Attributes:
        status_code: HTTP status of the answer.
        default_detail, default_code: what the answer says when nothing else is given.
        detail: the words: an ErrorDetail, or lists and mappings of them.

    Example:
        >>> NotFound().get_full_details()
        {'message': ErrorDetail(string='There is nothing here.', code='not_found'), 'code': 'not_found'}
    """

    status_code: int = 500
    default_detail: Any = "The server could not do this."
    default_code: str = "error"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.status = cls.status_code  # for handlers that know no APIs

    def __init__(self, detail: Any = None, code: str | None = None) -> None:
        self.detail: Any = error_details(self.default_detail if detail is None else detail, code or self.default_code)
        super().__init__(str(self.detail))

    def __str__(self) -> str:
        return str(self.detail)

    def get_codes(self) -> Any:
        """The codes in the shape of `detail`."""
        return error_codes(self.detail)

    def get_full_details(self) -> Any:
        """Messages with their codes in the shape of `detail`."""

        def full(detail: Any) -> Any:
            if isinstance(detail, Mapping):
                return {key: full(value) for key, value in detail.items()}
            if isinstance(detail, list):
                return [full(value) for value in detail]
            return {"message": detail, "code": getattr(detail, "code", None)}

        return full(self.detail)


class APIValidationError(APIException):
    """What was sent is not acceptable: `manoir.rest.ValidationError`. `detail` is a list, or a mapping by field.

    Example:
        >>> APIValidationError("Too long.", code="max_length").get_codes()
        ['max_length']
    """

    status_code = 400
    default_detail = "This value is not acceptable."
    default_code = "invalid"

    def __init__(self, detail: Any = None, code: str | None = None) -> None:
        super().__init__(detail, code)
        if not isinstance(self.detail, (dict, list)):
            self.detail = [self.detail]


class ParseError(APIException):
    """The body cannot be read as what it says it is."""

    status_code = 400
    default_detail = "The request's body is malformed."
    default_code = "parse_error"


class AuthenticationFailed(APIException):
    """The credentials are wrong."""

    status_code = 401
    default_detail = "These credentials are not right."
    default_code = "authentication_failed"


class NotAuthenticated(APIException):
    """Nobody is signed in, and somebody has to be."""

    status_code = 401
    default_detail = "Sign in first: no credentials were sent."
    default_code = "not_authenticated"


class APIPermissionDenied(APIException):
    """Who asks may not do this: `manoir.rest.exceptions.PermissionDenied`."""

    status_code = 403
    default_detail = "You may not do this."
    default_code = "permission_denied"


class NotFound(APIException):
    """There is no such thing, or it is not visible to who asks."""

    status_code = 404
    default_detail = "There is nothing here."
    default_code = "not_found"


class MethodNotAllowed(APIException):
    """The view does not answer this HTTP method."""

    status_code = 405
    default_code = "method_not_allowed"

    def __init__(self, method: str, detail: Any = None, code: str | None = None) -> None:
        super().__init__(f"{method} is not answered here." if detail is None else detail, code)


class NotAcceptable(APIException):
    """No renderer writes what the client accepts."""

    status_code = 406
    default_detail = "None of the media types that were asked for can be sent."
    default_code = "not_acceptable"


class UnsupportedMediaType(APIException):
    """No parser reads the body's media type."""

    status_code = 415
    default_code = "unsupported_media_type"

    def __init__(self, media_type: str, detail: Any = None, code: str | None = None) -> None:
        super().__init__(f"A body of type {media_type!r} cannot be read here." if detail is None else detail, code)


class Throttled(APIException):
    """Too many requests; `wait` is the number of whole seconds until the next is answered, None when not known."""

    status_code = 429
    default_detail = "Too many requests."
    default_code = "throttled"

    def __init__(self, wait: float | None = None, detail: Any = None, code: str | None = None) -> None:
        self.wait = None if wait is None else int(-(-wait // 1))
        words = self.default_detail if detail is None else detail
        super().__init__(words if self.wait is None else f"{words} Try again in {self.wait} s.", code)
