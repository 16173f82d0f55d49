"""`ManagementForm`: the hidden counts that say how many forms of a formset were sent."""

from __future__ import annotations

from manoir.forms._fields import IntegerField
from manoir.forms._form import Form
from manoir.forms._widgets import HiddenInput

TOTAL_FORM_COUNT = "TOTAL_FORMS"
INITIAL_FORM_COUNT = "INITIAL_FORMS"
MIN_NUM_FORM_COUNT = "MIN_NUM_FORMS"
MAX_NUM_FORM_COUNT = "MAX_NUM_FORMS"


class ManagementForm(Form):
    """Hidden counts of the forms of a formset. Only the two first are read; nothing that is sent lifts a limit."""

    template_name_div = "manoir/forms/div.html"
    TOTAL_FORMS = IntegerField(widget=HiddenInput, min_value=0)
    INITIAL_FORMS = IntegerField(widget=HiddenInput, min_value=0)
    MIN_NUM_FORMS = IntegerField(widget=HiddenInput, required=False)
    MAX_NUM_FORMS = IntegerField(widget=HiddenInput, required=False)
