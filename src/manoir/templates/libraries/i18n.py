"""Translation in templates: `translate`, `blocktranslate`, `language`, and tags and filters about languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from manoir import i18n
from manoir.conf import settings
from manoir.exceptions import TemplateSyntaxError
from manoir.templates._calls import variable_name
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token, TokenType
from manoir.templates._library import Library
from manoir.templates._nodes import CompiledNode, NodeList
from manoir.templates._parser import Parser, take_keywords
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from manoir.templates._emitter import Emitter

__all__ = ["register"]

register = Library()


# -- translate --------------------------------------------------------------------------------------------------------


class TranslateNode(CompiledNode):
    """`{% translate "Welcome" context "greeting" as text %}`."""

    child_nodelists = ()

    def __init__(self, text: Expression, noop: bool, message_context: Expression | None, name: str | None) -> None:
        self.text = text
        self.noop = noop
        self.message_context = message_context
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        """Return text and context."""
        return (self.text,) if self.message_context is None else (self.text, self.message_context)

    def assigns(self) -> Iterable[str]:
        """Return the name after `as`."""
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        """Write the call of gettext."""
        text = out.value(self.text)
        about = "None" if self.message_context is None else out.value(self.message_context)
        result = out.temp()
        out.line(f"{result} = {out.constant(translation)}({text}, {about}, {self.noop})")
        if self.name:
            out.assign(self.name, result)
        else:
            out.print_value(result)


def translation(text: Any, message_context: Any, noop: bool) -> str:
    """Return a text in the language in use; a safe text (a constant of the template) stays safe."""
    message = str(text)
    if noop or not message:
        translated = message
    elif message_context is not None:
        translated = i18n.pgettext(str(message_context), message)
    else:
        translated = i18n.gettext(message)
    return SafeString(translated) if isinstance(text, SafeString) else translated


def compile_translate(parser: Parser, token: Token) -> TranslateNode:
    """Read `{% translate %}`."""
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError('it takes a text: {% translate "Welcome" %}.')
    text = parser.expression(bits.pop(0))
    noop, message_context, name = False, None, None
    while bits:
        option = bits.pop(0)
        if option == "noop" and not noop:
            noop = True
        elif option == "context" and bits and message_context is None:
            message_context = parser.expression(bits.pop(0))
        elif option == "as" and bits and name is None:
            name = variable_name(bits.pop(0))
        else:
            raise TemplateSyntaxError(f'{option!r} is not expected here; it takes noop, context "…" and as name.')
    return TranslateNode(text, noop, message_context, name)


register.tag("translate", compile_translate)
register.tag("trans", compile_translate)


# -- blocktranslate ---------------------------------------------------------------------------------------------------


class Message:
    """A text with places, out of the tokens between `{% blocktranslate %}` and its end.

    Attributes:
        text: the message as translators see it, with `%(name)s` for each variable.
        variables: expressions by the names of their places.
    """

    def __init__(self, tokens: list[Token], trimmed: bool, parser: Parser) -> None:
        self.variables: dict[str, Expression] = {}
        for token in tokens:
            if token.token_type is TokenType.VAR:
                self.add_place(token, parser)
        self.text = message_text(tokens, trimmed)

    def add_place(self, token: Token, parser: Parser) -> None:
        if not re.fullmatch(r"[^\W_]\w*", token.contents):
            raise parser.error(
                token,
                f"a message takes plain names only: write {{% blocktranslate with name={token.contents} %}} … {{{{ name }}}}.",
            )
        self.variables[token.contents] = parser.expression(token.contents, token)


def message_text(tokens: Iterable[Token], trimmed: bool) -> str:
    """Return a message as translators see it; `makemessages` collects the same text that pages look up.

    Args:
        tokens: what stands between `{% blocktranslate %}` and its end, or its plural.
        trimmed: join the lines.
    """
    pieces: list[str] = []
    for token in tokens:
        if token.token_type is TokenType.TEXT:
            pieces.append(token.contents.replace("%", "%%"))
        elif token.token_type is TokenType.VAR:
            pieces.append(f"%({token.contents})s")
    text = "".join(pieces)
    return " ".join(line.strip() for line in text.strip().splitlines() if line.strip()) if trimmed else text


class BlockTranslateNode(CompiledNode):
    """`{% blocktranslate %}` with its `plural`."""

    child_nodelists = ()
    opens_scope = True

    def __init__(
        self,
        values: dict[str, Expression],
        counter: str | None,
        message_context: Expression | None,
        name: str | None,
        singular: Message,
        plural: Message | None,
    ) -> None:
        self.values = values
        self.counter = counter
        self.message_context = message_context
        self.name = name
        self.singular = singular
        self.plural = plural

    def expressions(self) -> Iterable[Expression]:
        """Return bound values, context and the variables of the messages."""
        yield from self.values.values()
        if self.message_context is not None:
            yield self.message_context
        for message in (self.singular, self.plural):
            if message is not None:
                yield from message.variables.values()

    def assigns(self) -> Iterable[str]:
        """Return the name after `asvar`."""
        return (self.name,) if self.name else ()

    def emit(self, out: Emitter) -> None:
        """Write the texts of the variables and the call of gettext."""
        about = "None" if self.message_context is None else out.value(self.message_context)
        bound = {name: out.value(value) for name, value in self.values.items()}
        result = out.temp()
        with out.scope([]):
            for name, local in bound.items():
                out.bind(name, local)
            number = out.read(self.counter) if self.counter else "None"
            variables = {**self.singular.variables, **(self.plural.variables if self.plural else {})}
            show = "finish" if out.autoescape else "finish_raw"
            texts = ", ".join(
                f"{name!r}: {show}({out.stored(out.code(value, 'raw'))}, context, {out.invalid(value)!r})"
                for name, value in variables.items()
            )
            plural = repr(self.plural.text) if self.plural else "None"
            call = (
                f"{out.constant(block_translation)}({self.singular.text!r}, {plural}, {number}, {about}, {{{texts}}})"
            )
            out.line(f"{result} = {call}")
        if self.name:
            out.assign(self.name, f"SafeString({result})")
        else:
            out.string(result)


def block_translation(
    singular: str, plural: str | None, number: Any, message_context: Any, texts: dict[str, str]
) -> str:
    """Return a message in the language in use with its places filled; the original where a translation is broken."""
    if plural is None:
        message = i18n.gettext(singular) if message_context is None else i18n.pgettext(str(message_context), singular)
    else:
        try:
            count = abs(int(number))
        except (TypeError, ValueError):
            raise TemplateSyntaxError(f"blocktranslate: the counter must be a number, not {number!r}.") from None
        if message_context is None:
            message = i18n.ngettext(singular, plural, count)
        else:
            message = i18n.npgettext(str(message_context), singular, plural, count)
    try:
        return message % texts
    except (KeyError, ValueError, TypeError):
        original = singular if plural is None or abs(int(number)) == 1 else plural
        return original % texts


def compile_blocktranslate(parser: Parser, token: Token) -> BlockTranslateNode:
    """Read `{% blocktranslate %}` up to its end."""
    command, *bits = token.split_contents()
    values: dict[str, Expression] = {}
    counter = message_context = name = None
    trimmed = False
    while bits:
        option = bits.pop(0)
        if option in ("with", "count"):
            texts = take_keywords(bits, legacy=True)
            if not texts or (option == "count" and len(texts) != 1):
                raise TemplateSyntaxError(
                    f"{option!r} needs {'one' if option == 'count' else 'at least one'} name=value."
                )
            values.update({variable_name(key): parser.expression(text) for key, text in texts.items()})
            counter = next(iter(texts)) if option == "count" else counter
        elif option == "context" and bits:
            message_context = parser.expression(bits.pop(0))
        elif option == "trimmed":
            trimmed = True
        elif option == "asvar" and bits:
            name = variable_name(bits.pop(0))
        else:
            raise TemplateSyntaxError(
                f"{option!r} is not expected here; it takes with, count, context, trimmed and asvar."
            )
    singular, end = message_tokens(parser, command, plural=True)
    plural = None
    if end.contents == "plural":
        if counter is None:
            raise parser.error(end, f"the plural needs a number: {{% {command} count n=items|length %}}.")
        plural, end = message_tokens(parser, command, plural=False)
    elif counter is not None:
        raise parser.error(end, f"{{% {command} count … %}} needs {{% plural %}} before its end.")
    return BlockTranslateNode(
        values,
        counter,
        message_context,
        name,
        Message(singular, trimmed, parser),
        Message(plural, trimmed, parser) if plural is not None else None,
    )


def message_tokens(parser: Parser, command: str, plural: bool) -> tuple[list[Token], Token]:
    """Return the tokens of a message, and the tag that ends it."""
    ends = (f"end{command}", "plural") if plural else (f"end{command}",)
    tokens: list[Token] = []
    while parser.tokens:
        token = parser.next_token()
        if token.token_type is TokenType.BLOCK:
            if token.contents not in ends:
                raise parser.error(token, f"there can be no tags inside {{% {command} %}}.")
            return tokens, token
        tokens.append(token)
    raise parser.unclosed(ends)


register.tag("blocktranslate", compile_blocktranslate)
register.tag("blocktrans", compile_blocktranslate)


# -- languages --------------------------------------------------------------------------------------------------------


class LanguageNode(CompiledNode):
    """`{% language "fr" %}`: another language for what is inside."""

    def __init__(self, language: Expression, nodelist: NodeList) -> None:
        self.language = language
        self.nodelist = nodelist

    def expressions(self) -> Iterable[Expression]:
        """Return the language."""
        return (self.language,)

    def emit(self, out: Emitter) -> None:
        """Write the nodes inside an override of the language."""
        language = out.value(self.language)
        with out.indented(f"with {out.constant(i18n.override)}(str({language})):", block=True):
            out.body(self.nodelist)


@register.tag("language")
def compile_language(parser: Parser, token: Token) -> LanguageNode:
    """Read `{% language code %}`."""
    bits = token.split_contents()[1:]
    if len(bits) != 1:
        raise TemplateSyntaxError('it takes a language: {% language "fr" %}.')
    language = parser.expression(bits[0])
    return LanguageNode(language, parser.body("endlanguage")[0])


class AnswerNode(CompiledNode):
    """A tag that stores the answer of a function: `{% get_current_language as code %}`."""

    child_nodelists = ()

    def __init__(self, function: Any, values: list[Expression], name: str) -> None:
        self.function = function
        self.values = values
        self.name = name

    def expressions(self) -> Iterable[Expression]:
        """Return the arguments."""
        return self.values

    def assigns(self) -> Iterable[str]:
        """Return the name after `as`."""
        return (self.name,)

    def emit(self, out: Emitter) -> None:
        """Write the call."""
        arguments = ", ".join(out.value(value) for value in self.values)
        out.assign(self.name, f"{out.constant(self.function)}({arguments})")


def available_languages() -> list[tuple[str, str]]:
    """Return codes and translated names of LANGUAGES."""
    return [(code, i18n.gettext(str(name))) for code, name in settings.LANGUAGES]


def current_language() -> str:
    """Return the code of the language in use."""
    return i18n.get_language() or settings.LANGUAGE_CODE


def language_info(language: Any) -> Any:
    """Return what is known about a language, given by code or by a pair of code and name."""
    return i18n.get_language_info(str(language if isinstance(language, str) else language[0]))


def language_info_list(languages: Any) -> list[Any]:
    """Return what is known about several languages."""
    return [language_info(language) for language in languages]


def answer_tag(usage: str, function: Any) -> Any:
    """Return the compile function of a tag whose use is `usage`, in which `_` stands for a value."""
    pattern = usage.split()

    def compile_answer(parser: Parser, token: Token) -> AnswerNode:
        bits = token.split_contents()[1:]
        if len(bits) != len(pattern) or any(
            word not in ("_", "name", bit) for word, bit in zip(pattern, bits, strict=True)
        ):
            raise TemplateSyntaxError(f"it reads {usage.replace('_', 'value')!r} after its name.")
        values = [parser.expression(bit) for word, bit in zip(pattern, bits, strict=True) if word == "_"]
        return AnswerNode(function, values, variable_name(bits[-1]))

    return compile_answer


register.tag("get_available_languages", answer_tag("as name", available_languages))
register.tag("get_current_language", answer_tag("as name", current_language))
register.tag("get_current_language_bidi", answer_tag("as name", i18n.get_language_bidi))
register.tag("get_language_info", answer_tag("for _ as name", language_info))
register.tag("get_language_info_list", answer_tag("for _ as name", language_info_list))


@register.filter
def language_name(lang_code: Any) -> str:
    """Return the English name of a language."""
    return language_info(lang_code)["name"]


@register.filter
def language_name_translated(lang_code: Any) -> str:
    """Return the name of a language in the language in use."""
    return i18n.gettext(language_info(lang_code)["name"])


@register.filter
def language_name_local(lang_code: Any) -> str:
    """Return the name of a language in that language."""
    return language_info(lang_code)["name_local"]


@register.filter
def language_bidi(lang_code: Any) -> bool:
    """Return whether a language is written from right to left."""
    return language_info(lang_code)["bidi"]
