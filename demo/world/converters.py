"""Codes in URLs: two capital letters for a country, three for an airport."""


class CountryCode:
    regex = "[A-Z]{2}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class AirportCode(CountryCode):
    regex = "[A-Z]{3}"
