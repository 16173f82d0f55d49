from __future__ import annotations

import re
import time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import manoir.validators
from manoir.conf import import_string
from manoir.validators import (
    BaseValidator,
    DecimalValidator,
    DomainNameValidator,
    EmailValidator,
    FileExtensionValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
    StepValueValidator,
    URLValidator,
    ValidationError,
    deconstructible,
    int_list_validator,
    validate_comma_separated_integer_list,
    validate_domain_name,
    validate_email,
    validate_image_file_extension,
    validate_ipv4_address,
    validate_ipv6_address,
    validate_ipv46_address,
    validate_slug,
    validate_unicode_slug,
)

TEXT_VALIDATORS = [
    validate_comma_separated_integer_list, int_list_validator(";", allow_negative=True), validate_domain_name,
    validate_email, validate_ipv4_address, validate_ipv6_address, validate_ipv46_address, validate_slug,
    validate_unicode_slug, URLValidator(), ProhibitNullCharactersValidator(), RegexValidator("a"),
]  # fmt: skip


def error_of(validator: Any, value: Any) -> ValidationError | None:
    try:
        validator(value)
    except ValidationError as error:
        return error
    return None


def accepts(validator: Any, value: Any) -> bool:
    return error_of(validator, value) is None


TABLE: list[tuple[Any, list[Any], list[Any]]] = [
    (
        validate_email,
        ["a@example.com", "a.b+c@sub.example.co.uk", "a@localhost", '"a b"@example.com', "a@[127.0.0.1]", "a@[IPv6:::1]",
         "a@exämple.com", "a@xn--exmple-cua.com", "!#$%&'*+/=?^_`{|}~-@example.com", f"{'a' * 64}@example.com"],
        ["", "a", "a@", "@example.com", "a@b", "a@-b.com", "a@b-.com", "a@b..com", "a..b@example.com", ".a@example.com",
         "a.@example.com", "a@example.com\n", "a\n@example.com", "a@example.com.", "a b@example.com", "a@[127.0.0.256]",
         'a"b@example.com', '"\n"@example.com', "a@b.c", "a@exam ple.com", f"{'a' * 65}@example.com",
         "a@" + "b" * 64 + ".com", "a@" + "b." * 200 + "com", None, 7, "ä@example.com", "a@b@c.com"],
    ),
    (
        URLValidator(),
        ["http://example.com", "https://www.example.com:8000/a/b?c=d#e", "ftp://user:pw@example.com/", "http://localhost",
         "http://127.0.0.1:80/", "http://[::1]:8000/", "HTTP://EXAMPLE.com", "http://exämple.com/", "http://例え.テスト/",
         "http://example.com?a=1", "http://example.com./", "http://a.b-c.de", "http://user@example.com"],
        ["", "example.com", "http://", "http://a", "//example.com", "javascript://example.com/%0aalert(1)", "http:///a",
         "http://example.com\n", "http://exam ple.com", "http://example.com/a b", "http://-a.com", "http://a-.com",
         "http://1.2.3.256", "http://010.8.8.8", "http://[::1", "http://[::g]", "http://[::1]x", "http://example.com:99999",
         "http://example.com:", "http://example.com:8a", "http://.com", "http://a..com", "http://a@b@example.com:80",
         "http://example.com\\@evil.com", "http:\\\\example.com", "http://user:p:w@example.com", "gopher://example.com",
         "http://example.com/\u202e", "http://exa\u200bmple.com", "http://" + "a" * 64 + ".com", "http://a.com/" + "a" * 2048,
         "http://[fe80::1%25eth0]/", None, 1],
    ),
    (
        URLValidator(schemes=["https", "git+ssh"]),
        ["https://example.com", "git+ssh://git@example.com/a.git"],
        ["http://example.com", "ftp://example.com"],
    ),
    (URLValidator(regex=r"\.fr/"), ["https://a.fr/"], ["https://a.de/"]),
    (
        validate_domain_name,
        ["example.com", "exämple.com", "xn--exmple-cua.com", "a.b.c.de", "example.com.", "1.2.3.de"],
        ["", "a", "a.", "-a.de", "a-.de", "a..de", "a.1", "127.0.0.1", "a b.de", "a.de\n", "a_b.de", "a" * 64 + ".de",
         "a." * 130 + "de", None],
    ),
    (DomainNameValidator(accept_idna=False), ["example.com", "xn--exmple-cua.com"], ["exämple.com", "例え.jp"]),
    (validate_slug, ["a-b_C9", "1"], ["", "a b", "a\n", "ä", "a.b", "\na"]),
    (validate_unicode_slug, ["ä-b_9", "日本"], ["", "a b", "ä\n", "a.b"]),
    (
        validate_ipv4_address,
        ["127.0.0.1", "255.255.255.255"],
        ["", "010.8.8.8", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4\n", " 1.2.3.4", "١.2.3.4", "1.2.3.4/8", "0x7f.1", "::1"],
    ),
    (
        validate_ipv6_address,
        ["::1", "2001:db8::1", "::ffff:1.2.3.4", "0:0:0:0:0:0:0:1"],
        ["", "1.2.3.4", "::g", ":::", "1::2::3", "fe80::1%eth0", "::1\n", "[::1]", "0" * 46],
    ),
    (validate_ipv46_address, ["1.2.3.4", "::1"], ["", "a", "1.2.3.4.5"]),
    (validate_comma_separated_integer_list, ["1", "1,2,33"], ["", ",", "1,", ",1", "1,,2", "1, 2", "-1", "1\n", "a", "١"]),
    (int_list_validator("; ", allow_negative=True), ["-1", "1; -2; 3"], ["", "-", "1; ", "--1", "1-2", "1;2", "1; -", "1-"]),
    (int_list_validator(".", allow_negative=False), ["1.2"], ["1a2", "-1.2"]),
    (ProhibitNullCharactersValidator(), ["a", ""], ["a\x00b"]),
    (RegexValidator("x"), ["axb"], ["ab"]),
    (RegexValidator("x", inverse_match=True), ["ab"], ["axb"]),
    (RegexValidator("X", flags=re.IGNORECASE), ["axb"], ["ab"]),
    (RegexValidator(), ["", "anything"], []),
    (MaxValueValidator(10), [10, 9.9, Decimal(-1)], [11, Decimal("10.1")]),
    (MaxValueValidator(lambda: 10), [10], [11]),
    (MinValueValidator(10), [10], [9]),
    (MaxLengthValidator(2), ["ab", []], ["abc"]),
    (MinLengthValidator(2), ["ab"], ["a", ""]),
    (BaseValidator(True), [True], [False]),
    (StepValueValidator(3), [0, 3, -6], [1, 2]),
    (StepValueValidator(3, offset=1), [1, 4, -2], [3]),
    (StepValueValidator(0.1), [0.3, 1.1, Decimal("0.7")], [0.35]),
    (StepValueValidator(Decimal("0.02"), offset=Decimal("0.01")), [Decimal("0.03")], [Decimal("0.02")]),
    (StepValueValidator(3), [3e30], []),
    (
        DecimalValidator(4, 2),
        [Decimal(value) for value in ("99.99", "0", "0.01", "-99.99", "1e1", "0e5", "0.00")],
        [Decimal(value) for value in ("100", "0.001", "1e2", "NaN", "Infinity", "sNaN", "1e1000000", "1e-1000000")],
    ),
    (DecimalValidator(None, 1), [Decimal("123456.7")], [Decimal("0.12")]),
    (
        FileExtensionValidator(["txt", "PDF"]),
        [SimpleNamespace(name="a.txt"), SimpleNamespace(name="a.b.TXT"), SimpleNamespace(name="a.pdf")],
        [SimpleNamespace(name="a.txt.exe"), SimpleNamespace(name="txt"), SimpleNamespace(name=".txt"), SimpleNamespace(name="a.")],
    ),
    (FileExtensionValidator(), [SimpleNamespace(name="anything")], []),
    (FileExtensionValidator([]), [], [SimpleNamespace(name="a.txt")]),
    (validate_image_file_extension, [SimpleNamespace(name="a.JPG"), SimpleNamespace(name="a.jfif")], [SimpleNamespace(name="a.svg")]),
]  # fmt: skip


@pytest.mark.parametrize(("validator", "value"), [(row[0], value) for row in TABLE for value in row[1]])
def test_accepted(validator: Any, value: Any):
    assert error_of(validator, value) is None


@pytest.mark.parametrize(("validator", "value"), [(row[0], value) for row in TABLE for value in row[2]])
def test_refused_with_the_value_and_a_code(validator: Any, value: Any):
    error = error_of(validator, value)
    assert error is not None
    assert error.code
    assert error.messages
    assert error.params is not None
    assert error.params["value"] is value or isinstance(validator, (MaxLengthValidator, MinLengthValidator))


@pytest.mark.parametrize(
    ("validator", "value", "code", "message"),
    [
        (MaxValueValidator(10), 11, "max_value", "Ensure this value is less than or equal to 10."),
        (MinValueValidator(10), 9, "min_value", "Ensure this value is greater than or equal to 10."),
        (MaxLengthValidator(1), "ab", "max_length", "Ensure this value has at most 1 character (it has 2)."),
        (MinLengthValidator(3), "ab", "min_length", "Ensure this value has at least 3 characters (it has 2)."),
        (BaseValidator(1), 2, "limit_value", "Ensure this value is 1 (it is 2)."),
        (StepValueValidator(3), 4, "step_size", "Ensure this value is a multiple of step size 3."),
        (
            StepValueValidator(3, offset=1), 3, "step_size",
            "Ensure this value is a multiple of step size 3, starting from 1, e.g. 1, 4, 7, and so on.",
        ),
        (DecimalValidator(2, 1), Decimal("123"), "max_digits", "Ensure that there are no more than 2 digits in total."),
        (DecimalValidator(9, 1), Decimal("0.12"), "max_decimal_places", "Ensure that there are no more than 1 decimal place."),
        (
            DecimalValidator(3, 2), Decimal("12.3"), "max_whole_digits",
            "Ensure that there are no more than 1 digit before the decimal point.",
        ),
        (DecimalValidator(3, 2), Decimal("NaN"), "invalid", "Enter a number."),
        (validate_email, "x", "invalid", "Enter a valid email address."),
        (URLValidator(), "x", "invalid", "Enter a valid URL."),
        (validate_ipv46_address, "x", "invalid", "Enter a valid IPv4 or IPv6 address."),
        (
            FileExtensionValidator(["txt"]), SimpleNamespace(name="a.exe"), "invalid_extension",
            "File extension “exe” is not allowed. Allowed extensions are: txt.",
        ),
        (ProhibitNullCharactersValidator(), "\x00", "null_characters_not_allowed", "Null characters are not allowed."),
        (RegexValidator("x", "No x: %(value)s", "no_x"), "abc", "no_x", "No x: abc"),
    ],
)  # fmt: skip
def test_codes_and_messages(validator: Any, value: Any, code: str, message: str):
    error = error_of(validator, value)
    assert error is not None
    assert (error.code, error.messages) == (code, [message])


def test_own_messages_and_allow_lists():
    assert error_of(MaxValueValidator(1, "No: %(show_value)s"), 2).messages == ["No: 2"]  # type: ignore[union-attr]
    assert accepts(EmailValidator(allowlist=["intranet"]), "a@intranet")
    assert not accepts(EmailValidator(allowlist=[]), "a@localhost")


def test_flags_with_a_compiled_expression_are_refused():
    with pytest.raises(TypeError, match="has its flags already"):
        RegexValidator(re.compile("a"), flags=re.IGNORECASE)


def test_a_text_of_extensions_is_refused():
    with pytest.raises(TypeError, match="not the text 'txt'"):
        FileExtensionValidator("txt")


MADE = [
    (MaxValueValidator, (3,), {"message": "m"}), (MinLengthValidator, (3,), {}), (StepValueValidator, (3,), {"offset": 1}),
    (DecimalValidator, (3, 2), {}), (RegexValidator, (), {"regex": "a+", "flags": re.ASCII}), (EmailValidator, (), {"code": "c"}),
    (URLValidator, (["https"],), {}), (DomainNameValidator, (), {"accept_idna": False}),
    (FileExtensionValidator, (["a"],), {}), (ProhibitNullCharactersValidator, (), {"message": "m"}),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "args", "kwargs"), MADE)
def test_they_can_be_written_into_migrations(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]):
    validator = cls(*args, **kwargs)
    path, found_args, found_kwargs = validator.deconstruct()
    assert (path, found_args, found_kwargs) == (f"manoir.validators.{cls.__name__}", args, kwargs)
    again = import_string(path)(*found_args, **found_kwargs)
    assert again == validator
    assert hash(again) == hash(validator)


def test_validators_made_differently_differ():
    made: list[Any] = [
        MaxValueValidator(1), MaxValueValidator(2), MinValueValidator(1), MaxValueValidator(1, "m"), StepValueValidator(1),
        StepValueValidator(1, offset=1), RegexValidator("a"), RegexValidator("b"), RegexValidator("a", code="c"),
        RegexValidator("a", inverse_match=True), URLValidator(), URLValidator(["https"]), EmailValidator(),
        EmailValidator(allowlist=["a"]), DecimalValidator(1, 1), DecimalValidator(2, 1), FileExtensionValidator(["a"]),
        FileExtensionValidator(), DomainNameValidator(), ProhibitNullCharactersValidator(), 1,
    ]  # fmt: skip
    for index, one in enumerate(made):
        assert [one == other for other in made] == [position == index for position in range(len(made))]


def test_ready_made_validators_deconstruct_as_regex_validators():
    path, args, kwargs = validate_slug.deconstruct()  # type: ignore[attr-defined]
    assert path == "manoir.validators.RegexValidator"
    assert RegexValidator(*args, **kwargs) == validate_slug


def test_a_local_class_cannot_be_written():
    @deconstructible
    class Local:
        pass

    with pytest.raises(ValueError, match="Move the class to the top of its module"):
        Local().deconstruct()  # type: ignore[attr-defined]


@deconstructible
class AtTheTop:
    def __init__(self, value: int = 0) -> None:
        self.value = value


def test_a_subclass_has_its_own_path():
    class Below(MaxValueValidator):
        pass

    assert AtTheTop(value=3).deconstruct()[1:] == ((), {"value": 3})  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="Below"):
        Below(3).deconstruct()  # type: ignore[attr-defined]


@given(st.text(max_size=50))
@settings(max_examples=150, derandomize=True, deadline=None)
def test_any_text_is_accepted_or_refused(text: str):
    for validator in TEXT_VALIDATORS:
        error_of(validator, text)


@given(st.emails())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_real_addresses_are_accepted(address: str):
    assert (
        accepts(validate_email, address) or len(address.rpartition("@")[0]) > 64 or address.rpartition(".")[2].isdigit()
    )


@given(st.sampled_from(TEXT_VALIDATORS[:-2]), st.text(max_size=10))
@settings(max_examples=150, derandomize=True, deadline=None)
def test_nothing_with_a_line_break_is_accepted(validator: Any, text: str):
    if accepts(validator, text):
        for change in (text + "\n", "\n" + text, text + "\r"):
            assert not accepts(validator, change)


ATTACKS = [
    "a",
    "a@",
    "@",
    ".",
    "a.",
    "-",
    "1,",
    "1",
    "1.",
    ":",
    "::1",
    "http://",
    "http://a.",
    "[",
    '"',
    '\\"',
    "a-",
    " ",
    "\u00e9.",
    "%",
]


@pytest.mark.parametrize("piece", ATTACKS)
def test_cost_grows_no_faster_than_the_text(piece: str):
    """Four times the text may cost about four times as much; a quadratic one would cost sixteen times."""

    def cost(repeats: int) -> float:
        text = piece * repeats
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for validator in TEXT_VALIDATORS[:-1]:
                error_of(validator, text)
                error_of(validator, f"http://{text}")
                error_of(validator, f"{text}!")
            best = min(best, time.process_time() - start)
        return best

    small, large = cost(20_000), cost(80_000)
    assert large < 0.02 or large < small * 10


def test_our_expressions_have_no_repeat_inside_a_repeat():
    nested = re.compile(r"\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)(?:[*+]|\{\d+,)")
    for file in Path(manoir.validators.__file__).parent.glob("*.py"):
        for expression in re.findall(r'r?"[^"\n]*[*+][^"\n]*"', file.read_text(encoding="utf-8")):
            assert not nested.search(expression), f"{file.name}: {expression}"
