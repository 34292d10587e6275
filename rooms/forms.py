"""Forms of the room pages."""

from typing import TYPE_CHECKING

from django import forms

from rooms.models import Room

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Room]
else:
    _ModelForm = forms.ModelForm


class RoomForm(_ModelForm):
    class Meta:
        model = Room
        fields = ("name", "language", "greeting", "opens_before", "personal_pins")
        widgets = {"greeting": forms.Textarea(attrs={"rows": 3})}
