"""What can be written on a restore point."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_LABELS, LONGEST_LABEL = 10, 30


class NoteForm(forms.Form):
    """A note, and labels between commas."""

    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 5})
    )
    labels = forms.CharField(
        label=gettext_lazy("Labels"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Between commas. The search of the list finds them."),
    )

    def clean_labels(self) -> list[str]:
        """Each once, without the spaces around it."""
        words = [" ".join(word.split()) for word in self.cleaned_data["labels"].split(",")]
        labels = list(dict.fromkeys(word for word in words if word))
        if len(labels) > MOST_LABELS:
            raise forms.ValidationError(_("Not more than %(most)d labels.") % {"most": MOST_LABELS})
        if any(len(label) > LONGEST_LABEL for label in labels):
            longest = {"most": LONGEST_LABEL}
            raise forms.ValidationError(_("A label has at most %(most)d characters.") % longest)
        return labels


class HoldForm(forms.Form):
    """Why it is held, or no longer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("It stands in the activity trail and on the restore point."),
    )
