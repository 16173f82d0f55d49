"""Forms of people: what the profile may change."""

from accounts.models import Favourite, User
from manoir import forms


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name"]

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class FavouriteForm(forms.ModelForm):
    """A city to keep. The owner comes from the request, never from the form."""

    class Meta:
        model = Favourite
        fields = ["city", "note"]
        widgets = {"city": forms.HiddenInput}
