"""What `manoir check` says about class-based views of installed apps."""

from __future__ import annotations

from manoir.views._checks import check_view_hooks
from manoir.views.generic import ListView


def test_both_colours_of_a_hook_are_an_error():
    class Both(ListView):
        def get_queryset(self): ...

        async def aget_queryset(self): ...

    class Below(Both):
        pass

    assert [m for m in check_view_hooks(None) if m.obj is Both] == []  # it belongs to no installed app
    Both.__module__ = Below.__module__ = "tests.library.views"
    try:
        messages = [message for message in check_view_hooks(None) if message.obj in (Both, Below)]
        assert [
            (message.id, message.obj, "get_queryset() and aget_queryset()" in message.msg) for message in messages
        ] == [("manoir.views.E001", Both, True)]
    finally:
        Both.__module__ = Below.__module__ = __name__
