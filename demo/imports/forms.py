"""The form that takes a file of cities."""

from imports.models import CityImport
from imports.rows import WrongFile, rows_of
from manoir import forms

LARGEST = 2_000_000


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="Columns: id, name, country (code of two letters), population, latitude, longitude, timezone.",
    )

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def clean_file(self):
        """Return the text of the file."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 2 MB. Divide it.", code="too_large")
        try:
            text = file.read().decode("utf-8")
            rows_of(text)
        except UnicodeDecodeError:
            raise forms.ValidationError("The file is no text in UTF-8.", code="no_text") from None
        except WrongFile as error:
            raise forms.ValidationError(str(error), code="wrong_columns") from error
        return CityImport(title=file.name[:100], text=text)
