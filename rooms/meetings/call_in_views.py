"""The live panel's form that has somebody called into the room."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.accounts.access import MemberRequest, member
from rooms.conferences import panel_views
from rooms.meetings import call_in, call_in_choices


class CallInForm(forms.Form):
    """Whom: as the list offers it, or as somebody types it."""

    who = forms.CharField(
        max_length=200, error_messages={"required": gettext_lazy("Choose who is to be called.")}
    )


@member
@never_cache
@require_POST
def call_in_view(request: MemberRequest, room_id: str) -> HttpResponse:
    """Have one of the account's people or of the room's invitees called in now."""
    room = panel_views.room_of(request, room_id)
    form = CallInForm(request.POST)
    if not form.is_valid():
        why = " ".join(map(str, form.errors["who"]))
        return panel_views.answer(request, room, why, failed=True)
    try:
        found = call_in_choices.find(room, form.cleaned_data["who"], timezone.now())
        by = request.membership.user
        call_in.ask(room, by=by, invitee=found.invitee, person=found.person)
    except ValidationError as error:
        return panel_views.answer(request, room, " ".join(error.messages), failed=True)
    return panel_views.answer(request, room, _("%(who)s is being called.") % {"who": found.name})
