"""Texts of a project that are to be translated: found in Python and in templates, kept in PO files, compiled to MO files.

Babel (`manoir[i18n]`) reads and writes catalogues; no gettext tools are needed. What a template says is read by manoir's own
lexer, and the text of `{% blocktranslate %}` is made by the function that pages use, so both are the same.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from manoir.conf import settings
from manoir.exceptions import CommandError, TemplateSyntaxError, nearest
from manoir.i18n import to_language
from manoir.templates import Token, TokenType
from manoir.templates import tokenize as tokens_of
from manoir.templates.libraries.i18n import message_text

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FUNCTIONS: Final[Mapping[str, tuple[int, bool]]] = {
    "_": (1, False), "gettext": (1, False), "gettext_lazy": (1, False), "gettext_noop": (1, False),
    "ngettext": (2, False), "ngettext_lazy": (2, False), "pgettext": (1, True), "pgettext_lazy": (1, True),
    "npgettext": (2, True), "npgettext_lazy": (2, True),
}  # fmt: skip
"""Calls that translate: how many texts they take, and whether a context stands before them."""

COMMENT: Final = "Translators"
"""What a comment begins with that is meant for translators."""

IGNORED: Final = ("CVS", ".*", "*~", "*.pyc", "__pycache__", "node_modules")
"""Names that are left out unless told otherwise."""

QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)""")
IN_EXPRESSION = re.compile(r"""_\((?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\)""")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is to be translated.

    Attributes:
        id: the text, with its plural where it has one.
        context: what it is about; None: nothing.
        file: where it stands, below the project's folder, with forward slashes.
        line: the line there.
        comments: what the code tells translators.
    """

    id: str | tuple[str, str]
    context: str | None
    file: str
    line: int
    comments: tuple[str, ...] = ()


def require_babel() -> None:
    """Say how to get what is missing.

    Raises:
        CommandError: Babel is not installed.
    """
    if find_spec("babel") is None:
        raise CommandError("This command needs Babel: pip install 'manoir[i18n]'.")


# -- finding ----------------------------------------------------------------------------------------------------------


def walk(folder: Path, ignored: Iterable[str]) -> Iterator[Path]:
    """Yield the files below a folder, in order, without those whose name or path matches one of `ignored`."""
    patterns = tuple(ignored)
    stack = [folder]
    while stack:
        for entry in sorted(stack.pop().iterdir()):
            path = entry.relative_to(folder).as_posix()
            if any(fnmatchcase(entry.name, one) or fnmatchcase(path, one.rstrip("/")) for one in patterns):
                continue
            if entry.is_dir() and not entry.is_symlink():
                stack.append(entry)
            elif entry.is_file():
                yield entry


def texts_of(file: Path, folder: Path) -> list[Text]:
    """Return the texts of a file: of Python by its ending, else of a template.

    Raises:
        CommandError: the file cannot be read, or is no Python or template.
    """
    path = file.relative_to(folder).as_posix()
    try:
        content = file.read_bytes()
        return list(
            texts_of_python(content, path) if file.suffix == ".py" else texts_of_template(content.decode(), path)
        )
    except (OSError, UnicodeDecodeError, SyntaxError, tokenize.TokenError, TemplateSyntaxError) as error:
        raise CommandError(f"{path} cannot be read for its texts: {error}") from error


def texts_of_python(content: bytes, path: str) -> Iterator[Text]:
    """Yield the texts of a module, also those inside of f-strings, in the order of their lines.

    Raises:
        SyntaxError: it is no Python.
    """
    remarks = comments_of_python(content)
    calls = [node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
        count, has_context = FUNCTIONS.get(str(name), (0, False))
        found = [one.value for one in call.args[: count + has_context] if isinstance(one, ast.Constant)]
        texts = [one for one in found if isinstance(one, str)]
        if not count or len(texts) < count + has_context or not texts[-1]:
            continue
        context = texts.pop(0) if has_context else None
        one: Any = texts[0] if count == 1 else (texts[0], texts[1])
        yield Text(one, context, path, call.lineno, remarks.get(call.lineno - 1, ()))


def comments_of_python(content: bytes) -> dict[int, tuple[str, ...]]:
    """What a module tells translators, by the line in which a comment ends."""
    found: dict[int, tuple[str, ...]] = {}
    for token in tokenize.tokenize(BytesIO(content).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, words = token.start[0], token.string.lstrip("# ").strip()
        before = found.pop(line - 1, ())
        if before or words.startswith(COMMENT):
            found[line] = (*before, words)
    return found


def texts_of_template(source: str, path: str) -> Iterator[Text]:
    """Yield the texts of a template.

    Raises:
        TemplateSyntaxError: `{% blocktranslate %}` has no end.
    """
    tokens = iter(tokens_of(source))
    comments: tuple[str, ...] = ()
    for token in tokens:
        command = token.contents.split(None, 1)[0] if token.contents.strip() else ""
        if token.token_type is TokenType.COMMENT:
            comments = comment_of(token.contents)
        elif token.token_type is TokenType.BLOCK and command == "comment":
            comments = comment_of("".join(one.raw for one in up_to(tokens, token, "endcomment")[0]))
        elif token.token_type is TokenType.BLOCK and command in ("blocktranslate", "blocktrans"):
            yield text_of_block(tokens, token, command, path, comments)
            comments = ()
        elif token.token_type is not TokenType.TEXT:
            found = list(texts_of_tag(token, command, path, comments))
            yield from found
            comments = () if found else comments


def texts_of_tag(token: Token, command: str, path: str, comments: tuple[str, ...]) -> Iterator[Text]:
    bits = token.split_contents()
    if token.token_type is TokenType.BLOCK and command in ("translate", "trans") and len(bits) > 1:
        text = constant(bits[1])
        if text:
            yield Text(text, option(bits, "context"), path, token.lineno, comments)
    for match in IN_EXPRESSION.finditer(token.contents):
        if text := constant(match["quoted"]):
            yield Text(text, None, path, token.lineno, comments)


def text_of_block(tokens: Iterator[Token], token: Token, command: str, path: str, comments: tuple[str, ...]) -> Text:
    bits = token.split_contents()
    trimmed, context = "trimmed" in bits, option(bits, "context")
    found, end = up_to(tokens, token, f"end{command}", "plural")
    singular = message_text(found, trimmed)
    if end != "plural":
        return Text(singular, context, path, token.lineno, comments)
    plural = message_text(up_to(tokens, token, f"end{command}")[0], trimmed)
    return Text((singular, plural), context, path, token.lineno, comments)


def up_to(tokens: Iterator[Token], start: Token, *ends: str) -> tuple[list[Token], str]:
    """The tokens before one of some tags, and which one it is."""
    found: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.BLOCK and token.contents in ends:
            return found, token.contents
        found.append(token)
    raise TemplateSyntaxError(f"{{% {start.contents} %}} in line {start.lineno} has no {{% {ends[0]} %}}.")


def option(bits: list[str], name: str) -> str | None:
    """The constant behind a word of a tag."""
    place = bits.index(name) + 1 if name in bits else len(bits)
    return constant(bits[place]) if place < len(bits) else None


def constant(bit: str) -> str | None:
    """The text of a constant, filters behind it left out; None for a variable."""
    match = QUOTED.match(bit)
    return None if match is None else re.sub(r"\\(.)", r"\1", match["text"])


def comment_of(text: str) -> tuple[str, ...]:
    words = " ".join(text.split())
    return (words,) if words.startswith(COMMENT) else ()


def check_language(locale: str) -> None:
    """Refuse a slip of the pen before it becomes a folder.

    Raises:
        CommandError: neither Babel nor LANGUAGES knows the language.
    """
    from babel import Locale, UnknownLocaleError

    codes = [code for code, _name in settings.LANGUAGES]
    try:
        Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        if to_language(locale) not in codes:
            raise CommandError(
                f"{locale!r} is no language that Babel or LANGUAGES knows.{nearest(to_language(locale), codes)}"
            ) from None


# -- catalogues -------------------------------------------------------------------------------------------------------


def template_of(texts: Iterable[Text], domain: str, *, location: str = "full") -> Catalog:
    """Return a catalogue of texts without translations.

    Args:
        texts: what was found.
        domain: name of the catalogue.
        location: "full" notes file and line of each text, "file" the file, "never" nothing.
    """
    from babel.messages.catalog import Catalog

    catalog = Catalog(project=domain, domain=domain, fuzzy=False, header_comment="# Translations template.")
    for text in texts:
        place: list[Any] = [(text.file, text.line if location == "full" else None)]
        catalog.add(
            text.id,
            locations=[] if location == "never" else place,
            auto_comments=text.comments,
            context=text.context,
        )
    return catalog


def read_catalog(file: Path, locale: str) -> Catalog:
    """Read a PO file.

    Raises:
        CommandError: it is none, or `locale` is no language that Babel knows.
    """
    from babel import UnknownLocaleError
    from babel.messages.pofile import PoFileError, read_po

    try:
        return read_po(BytesIO(file.read_bytes()), locale=locale, abort_invalid=True)
    except (PoFileError, UnknownLocaleError, UnicodeDecodeError, ValueError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error


def updated(file: Path, locale: str, template: Catalog) -> Catalog:
    """Return a language's catalogue with the texts of a template; what is translated stays, what is gone is kept aside."""
    from babel.messages.catalog import Catalog

    if file.exists():
        catalog = read_catalog(file, locale)
        catalog.update(template, update_header_comment=False)
        return catalog
    catalog = Catalog(locale=locale, domain=template.domain, project=template.project, fuzzy=False)
    catalog.update(template)
    return catalog


def written(catalog: Catalog, *, width: int | None = 76, obsolete: bool = True) -> bytes:
    """Return a catalogue as a PO file; None as `width` breaks no lines."""
    from babel.messages.pofile import write_po

    stream = BytesIO()
    write_po(stream, catalog, width=width or 0, ignore_obsolete=not obsolete)
    return stream.getvalue()


def without_date(content: bytes) -> bytes:
    """A PO file without the moment when it was made, which alone is no change."""
    return re.sub(rb'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By): .*\n', b"", content, flags=re.MULTILINE)


def compiled(file: Path, *, fuzzy: bool = False) -> bytes:
    """Return a PO file as gettext reads it.

    Args:
        file: the PO file, in `<language>/LC_MESSAGES/`.
        fuzzy: also take translations that are marked as uncertain.

    Raises:
        CommandError: it cannot be read, or a translation has other places than its text.
    """
    from babel.messages.mofile import write_mo

    catalog = read_catalog(file, file.parts[-3])
    faults = [
        f"{file}:{message.lineno}: {fault}"
        for message, found in catalog.check()
        for fault in found
        if message.string and (fuzzy or not message.fuzzy)
    ]
    if faults:
        raise CommandError("\n".join(faults))
    stream = BytesIO()
    write_mo(stream, catalog, use_fuzzy=fuzzy)
    return stream.getvalue()
