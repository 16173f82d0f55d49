"""What a request carries: its body, as bytes, as a form with files, or as a stream; each worked out when it is first read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from manoir.bridge import blocking, to_thread
from manoir.conf import settings
from manoir.exceptions import BadRequest, UnsupportedContentEncoding
from manoir.http._body import RequestBody, too_big
from manoir.http._multipart import FormParser
from manoir.http._querydict import MultiValueDict, QueryDict
from manoir.http._upload_handlers import (
    TOO_LATE,
    FileUploadHandler,
    SettledHandlers,
    handler_classes,
    only_built_in,
)

if TYPE_CHECKING:
    from manoir.http._files import UploadedFile
    from manoir.http._headers import HttpHeaders
    from manoir.http._meta import Meta

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
FORM_VERBS = frozenset({"POST", "PUT", "PATCH"})
"""The verbs whose body may be a form."""


class RequestContent:
    """The part of `HttpRequest` that reads the body; it has no slots of its own."""

    __slots__ = ()

    if TYPE_CHECKING:
        method: str
        body_stream: RequestBody | None
        _encoding: str | None
        _post: QueryDict | None
        _files: MultiValueDict[UploadedFile] | None
        _stream: IO[bytes] | None

        @property
        def content_type(self) -> str: ...
        @property
        def content_params(self) -> Mapping[str, str]: ...
        @property
        def encoding(self) -> str | None: ...
        @property
        def headers(self) -> HttpHeaders: ...
        @property
        def META(self) -> Meta: ...

    async def aload(self) -> None:
        """Read the body, so that `body`, `POST`, `FILES` and `read()` work without waiting.

        The handler awaits it before the view is called. A large form with files is parsed while it arrives.

        Raises:
            RequestDataTooBig: the body is larger than the limits allow.
            MultiPartParserError: a large form is malformed.
            UnsupportedContentEncoding: a form with files is compressed.
        """
        stream = self.body_stream
        if stream is None or stream.loaded:
            return
        if self.content_type == _MULTIPART and self.method in FORM_VERBS:
            self._refuse_encoded()
            await self._aload_form(stream)
        else:
            await stream.aload(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE if self.content_type == _FORM else None)

    def _refuse_encoded(self) -> None:
        """Refuse a compressed form (RFC 9110, 15.5.16): limits count bytes that arrive, so nothing unpacks bodies."""
        coding = self.headers.raw.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity"):
            raise UnsupportedContentEncoding(f"Send the form as it is, not with Content-Encoding {coding[:40]!r}.")

    async def _aload_form(self, stream: RequestBody) -> None:
        parser = self._form_parser(content_length=stream.content_length)
        try:
            await stream.aload(parser)
            if stream.streamed:
                self._post, self._files = await to_thread(parser.finish)
        except BaseException:
            await to_thread(parser.close)
            raise
        if not stream.streamed and stream.received and not only_built_in(self.upload_handlers):
            await to_thread(self._parse_form)  # a project's handlers may block

    load = blocking(aload)

    def _form_parser(self, *, content_length: int | None, raw: Any = None) -> FormParser:
        # hot path: benchmarks/http_objects.py
        handlers = self.__dict__["_upload_handlers"] = SettledHandlers(self.upload_handlers)
        return FormParser(
            self.content_params.get("boundary", ""),
            self.encoding or settings.DEFAULT_CHARSET,
            handlers,
            meta={} if only_built_in(handlers) else self.META,
            content_length=content_length,
            raw=raw,
        )

    @property
    def upload_handlers(self) -> list[FileUploadHandler]:
        """The upload handlers of this request: a list to change until the body is read.

        The body is read before the view is called, so the list is for middleware, for views with `streams_body = True`,
        and for the decorator `upload_handlers`.

        Raises:
            AttributeError: changed after the body was read.
        """
        found = self.__dict__.get("_upload_handlers")
        if found is None:
            found = [handler(self) for handler in handler_classes()]
            self.__dict__["_upload_handlers"] = found
        return found

    @upload_handlers.setter
    def upload_handlers(self, handlers: Iterable[FileUploadHandler]) -> None:
        if isinstance(self.__dict__.get("_upload_handlers"), SettledHandlers):
            raise AttributeError(TOO_LATE)
        self.__dict__["_upload_handlers"] = list(handlers)

    async def aread(self) -> bytes:
        """Return the whole body; the awaitable twin of `body`.

        Raises:
            RequestDataTooBig: the body is larger than settings.DATA_UPLOAD_MAX_MEMORY_SIZE.
        """
        await self.aload()
        stream = self.body_stream
        if stream is not None and stream.spool is not None:
            return await to_thread(partial(_whole, self))
        return self.body

    @property
    def body(self) -> bytes:
        """The whole body.

        Raises:
            RequestDataTooBig: it is larger than settings.DATA_UPLOAD_MAX_MEMORY_SIZE; `read()` has no such limit.
            BadRequest: it was a large form, or was streamed, and is not kept.
            SynchronousOnlyOperation: in a coroutine, when the body was not read yet: `await request.aread()`.
        """
        stream = self.body_stream
        if stream is None:
            return b""
        if not stream.loaded:
            self.load()
        return _whole(self)

    @property
    def POST(self) -> QueryDict:
        """The fields of a form sent by POST, read-only; empty for other verbs and other media types.

        Raises:
            RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent: the form passes a limit of the settings.
            MultiPartParserError: the form is malformed.
        """
        if self._post is None:
            self._parse_form()
        return self._post  # type: ignore[return-value]

    @POST.setter
    def POST(self, value: QueryDict) -> None:
        self._post = value

    @property
    def FILES(self) -> MultiValueDict[UploadedFile]:
        """The uploaded files of a form; several of one field are kept as a list (`getlist`)."""
        if self._files is None:
            self._parse_form()
        return self._files  # type: ignore[return-value]

    @FILES.setter
    def FILES(self, value: MultiValueDict[UploadedFile]) -> None:
        self._files = value

    def form(self) -> tuple[QueryDict, MultiValueDict[UploadedFile]]:
        """Return the fields and files of a form, whatever the verb; `POST` and `FILES` are empty for PUT and PATCH.

        Raises:
            RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent: the form passes a limit of the settings.
            MultiPartParserError: the form is malformed.
        """
        if self.method != "POST" and not self._post and not self._files:
            self._post = self._files = None  # somebody looked at `POST`, which is empty for this verb
        self._parse_form(verbs=FORM_VERBS)
        return self._post, self._files  # type: ignore[return-value]

    def _parse_form(self, verbs: frozenset[str] = frozenset({"POST"})) -> None:
        stream = self.body_stream
        if stream is not None and not stream.loaded:
            self.load()
        if self._post is not None and self._files is not None:
            return
        fields, files = None, None
        if stream is not None and self.method in verbs:
            if self.content_type in (_FORM, _MULTIPART):
                self._refuse_encoded()
            if self.content_type == _FORM:
                fields = QueryDict(self.body, encoding=self.encoding)
            elif self.content_type == _MULTIPART and stream.received:
                fields, files = self._parse_multipart(stream)
        self._post = self._post or fields or QueryDict(encoding=self._encoding)
        self._files = self._files or files or MultiValueDict()

    def _parse_multipart(self, stream: RequestBody) -> tuple[QueryDict, MultiValueDict[UploadedFile]]:
        if stream.memory is None:
            raise BadRequest("This form was streamed to the view, so its fields cannot be read any more.")
        parser = self._form_parser(content_length=len(stream.memory), raw=BytesIO(stream.memory))
        try:
            parser.feed(stream.memory)
            return parser.finish()
        except BaseException:
            parser.close()
            raise

    # -- the body as a file -------------------------------------------------------------------------------------------

    def _open(self) -> IO[bytes]:
        if self._stream is None:
            stream = self.body_stream or RequestBody()
            if not stream.loaded:
                self.load()
            if stream.streamed:
                raise BadRequest("The body of this request was streamed already; read it once.")
            self._stream = stream.open()
        return self._stream

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes of the body; all that is left by default."""
        return self._open().read(size)

    def readline(self, size: int = -1) -> bytes:
        """Read one line of the body."""
        return self._open().readline(size)

    def readlines(self) -> list[bytes]:
        """Read the lines of the body that are left."""
        return self._open().readlines()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._open())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts of the body as they arrive; for views with `streams_body = True`.

        Raises:
            RequestDataTooBig: more than settings.DATA_UPLOAD_MAX_BODY_SIZE bytes came.
        """
        stream = self.body_stream
        if stream is None:
            return
        if not stream.loaded:
            async for chunk in stream.arrive(stream.largest()):
                yield chunk
            return
        file = self._open()
        while chunk := file.read(65_536):
            yield chunk

    def close(self) -> None:
        """Remove temporary files; the handler calls this when the answer was sent."""
        if self._files:
            for _, uploads in self._files.lists():
                for upload in uploads:
                    upload.close()
        if self.body_stream is not None:
            self.body_stream.close()


def _whole(request: RequestContent) -> bytes:
    stream = request.body_stream or RequestBody()
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is not None and stream.received > limit:
        raise too_big(limit)
    if stream.memory is not None:
        return stream.memory
    if stream.spool is None:
        raise BadRequest("The body of this request was streamed and is not kept; read it once, or use request.POST.")
    return stream.open().read()
