"""Settings of languages, time zones and formats."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

# Codes and English names of the languages a project is offered before it says which ones it speaks.
LANGUAGE_NAMES: list[tuple[str, str]] = [
    ("af", "Afrikaans"), ("ar", "Arabic"), ("az", "Azerbaijani"), ("be", "Belarusian"), ("bg", "Bulgarian"),
    ("bn", "Bengali"), ("br", "Breton"), ("bs", "Bosnian"), ("ca", "Catalan"), ("cs", "Czech"), ("cy", "Welsh"),
    ("da", "Danish"), ("de", "German"), ("el", "Greek"), ("en", "English"), ("en-au", "Australian English"),
    ("en-gb", "British English"), ("eo", "Esperanto"), ("es", "Spanish"), ("es-ar", "Argentinian Spanish"),
    ("es-mx", "Mexican Spanish"), ("et", "Estonian"), ("eu", "Basque"), ("fa", "Persian"), ("fi", "Finnish"),
    ("fr", "French"), ("ga", "Irish"), ("gd", "Scottish Gaelic"), ("gl", "Galician"), ("he", "Hebrew"),
    ("hi", "Hindi"), ("hr", "Croatian"), ("hu", "Hungarian"), ("hy", "Armenian"), ("id", "Indonesian"),
    ("is", "Icelandic"), ("it", "Italian"), ("ja", "Japanese"), ("ka", "Georgian"), ("kk", "Kazakh"), ("km", "Khmer"),
    ("kn", "Kannada"), ("ko", "Korean"), ("ky", "Kyrgyz"), ("lb", "Luxembourgish"), ("lt", "Lithuanian"),
    ("lv", "Latvian"), ("mk", "Macedonian"), ("ml", "Malayalam"), ("mn", "Mongolian"), ("mr", "Marathi"),
    ("ms", "Malay"), ("my", "Burmese"), ("nb", "Norwegian Bokmål"), ("ne", "Nepali"), ("nl", "Dutch"),
    ("nn", "Norwegian Nynorsk"), ("pa", "Punjabi"), ("pl", "Polish"), ("pt", "Portuguese"),
    ("pt-br", "Brazilian Portuguese"), ("ro", "Romanian"), ("ru", "Russian"), ("sk", "Slovak"), ("sl", "Slovenian"),
    ("sq", "Albanian"), ("sr", "Serbian"), ("sr-latn", "Serbian Latin"), ("sv", "Swedish"), ("sw", "Swahili"),
    ("ta", "Tamil"), ("te", "Telugu"), ("tg", "Tajik"), ("th", "Thai"), ("tk", "Turkmen"), ("tr", "Turkish"),
    ("ug", "Uyghur"), ("uk", "Ukrainian"), ("ur", "Urdu"), ("uz", "Uzbek"), ("vi", "Vietnamese"),
    ("zh-hans", "Simplified Chinese"), ("zh-hant", "Traditional Chinese"),
]  # fmt: skip


class FormatDefaults:
    LANGUAGE_CODE: str = "en-us"
    """Language of the site where nothing else is chosen."""
    LANGUAGES: Sequence[tuple[str, Any]] = LANGUAGE_NAMES
    """Languages that may be chosen: pairs of code and name."""
    LANGUAGES_BIDI: Sequence[str] = ["ar", "fa", "he", "ug", "ur"]
    """Codes of languages written from right to left."""
    LANGUAGE_COOKIE_AGE: int | None = None
    """Seconds the language cookie lives; None: until the browser closes."""
    LANGUAGE_COOKIE_DOMAIN: str | None = None
    """Domain of the language cookie; None: this host only."""
    LANGUAGE_COOKIE_HTTPONLY: bool = False
    """Hide the language cookie from scripts."""
    LANGUAGE_COOKIE_NAME: str = "django_language"
    """Name of the language cookie (Django's, so that a taken-over site keeps its visitors' choice)."""
    LANGUAGE_COOKIE_PATH: str = "/"
    """Path of the language cookie."""
    LANGUAGE_COOKIE_SAMESITE: Literal["Lax", "Strict", "None", False] | None = None
    """SameSite of the language cookie; None or False sends none."""
    LANGUAGE_COOKIE_SECURE: bool = False
    """Send the language cookie over HTTPS only."""
    LOCALE_PATHS: Sequence[str | Path] = []
    """Directories with the project's own translations."""
    USE_I18N: bool = True
    """Translate; False saves the look-ups."""
    TIME_ZONE: str = "UTC"
    """Time zone in which dates are shown and entered, such as "Europe/Paris"."""
    USE_TZ: bool = True
    """Date-times are aware and stored in UTC."""

    # -- formats --
    FORMAT_MODULE_PATH: str | Sequence[str] | None = None
    """Dotted paths of packages with the project's own `formats` modules by language."""
    USE_THOUSAND_SEPARATOR: bool = False
    """Group digits when numbers are shown."""
    DECIMAL_SEPARATOR: str = "."
    """Between whole and fraction."""
    THOUSAND_SEPARATOR: str = ","
    """Between groups of digits."""
    NUMBER_GROUPING: int | Sequence[int] = 0
    """Digits in a group; 0: no groups; a list gives the sizes from the right."""
    FIRST_DAY_OF_WEEK: int = 0
    """0 is Sunday, 1 Monday, …"""
    DATE_FORMAT: str = "N j, Y"
    """Format of dates in templates (`date` filter's letters)."""
    DATETIME_FORMAT: str = "N j, Y, P"
    """Format of date-times in templates."""
    TIME_FORMAT: str = "P"
    """Format of times in templates."""
    YEAR_MONTH_FORMAT: str = "F Y"
    """Format of a month of a year."""
    MONTH_DAY_FORMAT: str = "F j"
    """Format of a day of a month."""
    SHORT_DATE_FORMAT: str = "m/d/Y"
    """Short format of dates."""
    SHORT_DATETIME_FORMAT: str = "m/d/Y P"
    """Short format of date-times."""
    DATE_INPUT_FORMATS: Sequence[str] = [
        "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b %d %Y", "%b %d, %Y", "%d %b %Y", "%d %b, %Y",
        "%B %d %Y", "%B %d, %Y", "%d %B %Y", "%d %B, %Y",
    ]  # fmt: skip
    """Formats in which form fields accept dates (`strptime` letters)."""
    TIME_INPUT_FORMATS: Sequence[str] = ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"]
    """Formats in which form fields accept times."""
    DATETIME_INPUT_FORMATS: Sequence[str] = [
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M",
        "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M",
        "%m/%d/%y %H:%M:%S", "%m/%d/%y %H:%M:%S.%f", "%m/%d/%y %H:%M",
    ]  # fmt: skip
    """Formats in which form fields accept date-times."""
