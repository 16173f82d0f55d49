"""Every error of manoir, in one tree.

Errors that Django documents keep its name and its documented bases; each class says when it happens. `code` is stable
and may be matched by programs, `status` is the HTTP status a client sees when the error leaves a view.

Each family has a module: `_root`, `_start`, `_models`, `_validation`, `_databases`, `_migrations`, `_pages` (templates,
addresses, paginators), `_serializers`, `_tasks`, `_uploads`, `_json_tokens`, `_answers` (errors with an HTTP status), `_api`,
`_testing`.

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
    │   ├── FieldFetchBlocked              what was not read was touched, and its query forbids to read it then
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
    ├── DeserializationError (ValueError)   serialized rows cannot be read
    ├── SerializerDoesNotExist (KeyError)   no serialization format has this name
    ├── TemplateSyntaxError, TemplateDoesNotExist, VariableDoesNotExist, InvalidTemplateLibrary, ContextPopException
    ├── TaskException                      work in the background
    │   ├── InvalidTask, InvalidTaskBackend (ImproperlyConfigured), TaskArgumentError (TypeError)
    │   ├── TaskMessageError               a stored message is no task of this project; UnknownTask: its name is not registered
    │   ├── TaskResultDoesNotExist, TaskResultMismatch, TaskFailed, TaskCancelled, TaskLeaseLost, WorkerLost
    │   └── Retry, SoftTimeLimitExceeded, TimeLimitExceeded
    ├── TokenError                         a JSON Web Token is not worth anything here
    │   └── ExpiredTokenError, ReusedTokenError
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
    │   │                              MethodNotAllowed, NotAcceptable, Conflict, UnsupportedMediaType, Throttled, InvalidToken
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

from manoir.exceptions._answers import (
    BadRequest,
    BadSignature,
    DisallowedHost,
    DisallowedModelAdminLookup,
    DisallowedModelAdminToField,
    DisallowedRedirect,
    Http404,
    HTTPError,
    InvalidHeader,
    MultiPartParserError,
    PermissionDenied,
    RequestDataTooBig,
    Resolver404,
    SessionInterrupted,
    SignatureExpired,
    SuspiciousFileOperation,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    UnsupportedContentEncoding,
)
from manoir.exceptions._api import (
    APIException,
    APIPermissionDenied,
    APIValidationError,
    AuthenticationFailed,
    Conflict,
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ParseError,
    Throttled,
    UnsupportedMediaType,
    error_codes,
    error_details,
)
from manoir.exceptions._databases import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtectedError,
    RestrictedError,
    TransactionManagementError,
)
from manoir.exceptions._json_tokens import ExpiredTokenError, InvalidToken, ReusedTokenError, TokenError
from manoir.exceptions._migrations import (
    AmbiguityError,
    BadMigrationError,
    CircularDependencyError,
    InconsistentMigrationHistory,
    InvalidBasesError,
    IrreversibleError,
    MigrationError,
    NodeNotFoundError,
)
from manoir.exceptions._models import (
    EmptyResultSet,
    FieldDoesNotExist,
    FieldError,
    FieldFetchBlocked,
    FieldTypeError,
    FullResultSet,
    MultipleObjectsReturned,
    NotUpdated,
    ObjectDoesNotExist,
    RelationNotLoaded,
)
from manoir.exceptions._pages import (
    AlreadyRegistered,
    ContentNotRenderedError,
    ContextPopException,
    EmptyPage,
    IncorrectLookupParameters,
    InvalidPage,
    InvalidTemplateLibrary,
    NoReverseMatch,
    NotRegistered,
    PageNotAnInteger,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    UnorderedObjectListWarning,
    VariableDoesNotExist,
)
from manoir.exceptions._root import (
    ManoirError,
    nearest,
)
from manoir.exceptions._serializers import DeserializationError, SerializerDoesNotExist
from manoir.exceptions._start import (
    AppRegistryNotReady,
    CommandError,
    ImproperlyConfigured,
    InvalidCacheBackendError,
    InvalidStorageError,
    MessageFailure,
    MiddlewareNotUsed,
    SettingNotFound,
    SynchronousOnlyOperation,
    SystemCheckError,
)
from manoir.exceptions._tasks import (
    InvalidTask,
    InvalidTaskBackend,
    Retry,
    SoftTimeLimitExceeded,
    TaskArgumentError,
    TaskCancelled,
    TaskException,
    TaskFailed,
    TaskLeaseLost,
    TaskMessageError,
    TaskResultDoesNotExist,
    TaskResultMismatch,
    TimeLimitExceeded,
    UnknownTask,
    WorkerLost,
)
from manoir.exceptions._testing import (
    DatabaseAccessRefused,
    RedirectCycleError,
)
from manoir.exceptions._uploads import (
    ScannerUnavailable,
    SkipFile,
    StopFutureHandlers,
    StopUpload,
    UploadFileException,
)
from manoir.exceptions._validation import (
    NON_FIELD_ERRORS,
    ValidationError,
    ValidationMessage,
    as_validation_error,
    flatten_validation_error,
)

__all__ = [
    "NON_FIELD_ERRORS",
    "APIException",
    "APIPermissionDenied",
    "APIValidationError",
    "AlreadyRegistered",
    "AmbiguityError",
    "AppRegistryNotReady",
    "AuthenticationFailed",
    "BadMigrationError",
    "BadRequest",
    "BadSignature",
    "CircularDependencyError",
    "CommandError",
    "Conflict",
    "ContentNotRenderedError",
    "ContextPopException",
    "DataError",
    "DatabaseAccessRefused",
    "DatabaseError",
    "DeserializationError",
    "DisallowedHost",
    "DisallowedModelAdminLookup",
    "DisallowedModelAdminToField",
    "DisallowedRedirect",
    "EmptyPage",
    "EmptyResultSet",
    "ErrorDetail",
    "ExpiredTokenError",
    "FieldDoesNotExist",
    "FieldError",
    "FieldFetchBlocked",
    "FieldTypeError",
    "FullResultSet",
    "HTTPError",
    "Http404",
    "ImproperlyConfigured",
    "InconsistentMigrationHistory",
    "IncorrectLookupParameters",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "InvalidBasesError",
    "InvalidCacheBackendError",
    "InvalidHeader",
    "InvalidPage",
    "InvalidStorageError",
    "InvalidTask",
    "InvalidTaskBackend",
    "InvalidTemplateLibrary",
    "InvalidToken",
    "IrreversibleError",
    "ManoirError",
    "MessageFailure",
    "MethodNotAllowed",
    "MiddlewareNotUsed",
    "MigrationError",
    "MultiPartParserError",
    "MultipleObjectsReturned",
    "NoReverseMatch",
    "NodeNotFoundError",
    "NotAcceptable",
    "NotAuthenticated",
    "NotFound",
    "NotRegistered",
    "NotSupportedError",
    "NotUpdated",
    "ObjectDoesNotExist",
    "OperationalError",
    "PageNotAnInteger",
    "ParseError",
    "PermissionDenied",
    "ProgrammingError",
    "ProtectedError",
    "RedirectCycleError",
    "RelationNotLoaded",
    "RequestDataTooBig",
    "Resolver404",
    "RestrictedError",
    "Retry",
    "ReusedTokenError",
    "ScannerUnavailable",
    "SerializerDoesNotExist",
    "SessionInterrupted",
    "SettingNotFound",
    "SignatureExpired",
    "SkipFile",
    "SoftTimeLimitExceeded",
    "StopFutureHandlers",
    "StopUpload",
    "SuspiciousFileOperation",
    "SuspiciousOperation",
    "SynchronousOnlyOperation",
    "SystemCheckError",
    "TaskArgumentError",
    "TaskCancelled",
    "TaskException",
    "TaskFailed",
    "TaskLeaseLost",
    "TaskMessageError",
    "TaskResultDoesNotExist",
    "TaskResultMismatch",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
    "Throttled",
    "TimeLimitExceeded",
    "TokenError",
    "TooManyFieldsSent",
    "TooManyFilesSent",
    "TransactionManagementError",
    "UnknownTask",
    "UnorderedObjectListWarning",
    "UnsupportedContentEncoding",
    "UnsupportedMediaType",
    "UploadFileException",
    "ValidationError",
    "ValidationMessage",
    "VariableDoesNotExist",
    "WorkerLost",
    "as_validation_error",
    "error_codes",
    "error_details",
    "flatten_validation_error",
    "nearest",
]

for _name in __all__:
    if hasattr(globals()[_name], "__module__"):
        globals()[_name].__module__ = __name__  # a traceback names the door, where the class is imported from

# The exception handlers of projects look at the name, which is the documented one of `manoir.rest.exceptions`.
for _class, _name in ((APIValidationError, "ValidationError"), (APIPermissionDenied, "PermissionDenied")):
    _class.__name__ = _class.__qualname__ = _name
    _class.__module__ = "manoir.rest.exceptions"
