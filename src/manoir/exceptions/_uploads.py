"""Uploads: what a handler asks for, and a scanner that gave no verdict."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError


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
