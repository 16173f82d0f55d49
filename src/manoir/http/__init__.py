"""Requests and responses: what servers hand in, what views read and what they answer.

The room's map:

- `_head`, `_headers`, `_meta`, `_hosts`, `_media`, `_cookies`: what a client says before the body, each validated once
- `_body`, `_multipart`, `_files`, `_querydict`: the body stream with its limits, forms and uploads
- `_upload_handlers`, `_receiving`: what happens to the bytes of files while a form arrives
- `_request`: `HttpRequest`, which works all this out when it is first read; `_content`: its part about the body
- `_response`, `_redirects`, `_json`, `_streaming`, `_file_response`: the answers
- `_disposition`, `_conditional`, `_caching`, `_uri`: builders and comparisons for single headers and addresses
- `_checks`: settings of this room that contradict each other
"""

from __future__ import annotations

from manoir.exceptions import (
    BadRequest,
    DisallowedHost,
    DisallowedRedirect,
    Http404,
    HTTPError,
    MultiPartParserError,
    PermissionDenied,
    RequestDataTooBig,
    SkipFile,
    StopFutureHandlers,
    StopUpload,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    UploadFileException,
)
from manoir.exceptions import InvalidHeader as BadHeaderError
from manoir.http import _checks as _checks  # registers the checks of this room
from manoir.http._body import RequestBody
from manoir.http._caching import (
    add_never_cache_headers,
    get_max_age,
    has_vary_header,
    keep_private,
    patch_cache_control,
    patch_response_headers,
    patch_vary_headers,
)
from manoir.http._conditional import (
    get_conditional_response,
    http_date,
    parse_etags,
    parse_http_date,
    quote_etag,
    set_response_etag,
)
from manoir.http._cookies import parse_cookie
from manoir.http._disposition import content_disposition_header
from manoir.http._file_response import FileResponse
from manoir.http._files import (
    InMemoryUploadedFile,
    SimpleUploadedFile,
    TemporaryUploadedFile,
    UploadedFile,
)
from manoir.http._head import RequestHead, network_of
from manoir.http._headers import HeaderBlock, HttpHeaders, ResponseHeaders, header_name, header_value
from manoir.http._hosts import is_allowed_host, split_host
from manoir.http._json import JSONEncoder, JsonResponse, encode_json
from manoir.http._media import MediaType, parse_header_parameters
from manoir.http._querydict import MultiValueDict, MultiValueDictKeyError, QueryDict
from manoir.http._redirects import HttpResponsePermanentRedirect, HttpResponseRedirect, HttpResponseRedirectBase
from manoir.http._request import HttpRequest
from manoir.http._response import (
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponseGone,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseNotModified,
    HttpResponseServerError,
)
from manoir.http._streaming import StreamingHttpResponse
from manoir.http._upload_handlers import FileUploadHandler, MemoryFileUploadHandler, TemporaryFileUploadHandler
from manoir.http._uri import escape_uri_path, iri_to_uri, single_leading_slash, url_has_allowed_host_and_scheme

__all__ = [
    "BadHeaderError",
    "BadRequest",
    "DisallowedHost",
    "DisallowedRedirect",
    "FileResponse",
    "FileUploadHandler",
    "HTTPError",
    "HeaderBlock",
    "Http404",
    "HttpHeaders",
    "HttpRequest",
    "HttpResponse",
    "HttpResponseBadRequest",
    "HttpResponseBase",
    "HttpResponseForbidden",
    "HttpResponseGone",
    "HttpResponseNotAllowed",
    "HttpResponseNotFound",
    "HttpResponseNotModified",
    "HttpResponsePermanentRedirect",
    "HttpResponseRedirect",
    "HttpResponseRedirectBase",
    "HttpResponseServerError",
    "InMemoryUploadedFile",
    "JSONEncoder",
    "JsonResponse",
    "MediaType",
    "MemoryFileUploadHandler",
    "MultiPartParserError",
    "MultiValueDict",
    "MultiValueDictKeyError",
    "PermissionDenied",
    "QueryDict",
    "RequestBody",
    "RequestDataTooBig",
    "RequestHead",
    "ResponseHeaders",
    "SimpleUploadedFile",
    "SkipFile",
    "StopFutureHandlers",
    "StopUpload",
    "StreamingHttpResponse",
    "SuspiciousOperation",
    "TemporaryFileUploadHandler",
    "TemporaryUploadedFile",
    "TooManyFieldsSent",
    "TooManyFilesSent",
    "UploadFileException",
    "UploadedFile",
    "add_never_cache_headers",
    "content_disposition_header",
    "encode_json",
    "escape_uri_path",
    "get_conditional_response",
    "get_max_age",
    "has_vary_header",
    "header_name",
    "header_value",
    "http_date",
    "iri_to_uri",
    "is_allowed_host",
    "keep_private",
    "network_of",
    "parse_cookie",
    "parse_etags",
    "parse_header_parameters",
    "parse_http_date",
    "patch_cache_control",
    "patch_response_headers",
    "patch_vary_headers",
    "quote_etag",
    "set_response_etag",
    "single_leading_slash",
    "split_host",
    "url_has_allowed_host_and_scheme",
]
