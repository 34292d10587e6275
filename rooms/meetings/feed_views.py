"""Pages of feeds, and the feeds themselves."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from rooms.accounts.access import MemberRequest, member, public
from rooms.accounts.models import Account
from rooms.meetings import feeds
from rooms.models import Room

page = require_http_methods(["GET", "HEAD", "POST"])


class FeedForm(forms.Form):
    room = forms.ModelChoiceField(
        Room.objects.none(),
        label=gettext_lazy("Meetings of"),
        required=False,
        empty_label=gettext_lazy("all rooms"),
    )

    def __init__(self, account: Account, *args: Any) -> None:
        super().__init__(*args)
        rooms: Any = self.fields["room"]
        rooms.queryset = Room.objects.active().filter(account=account).order_by("name", "id")


@member
@page
def feed_list(request: MemberRequest) -> HttpResponse:
    membership = request.membership
    form = FeedForm(membership.account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            feeds.make(membership.account, by=membership.user, room=form.cleaned_data["room"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The feed is made. Copy its address into your calendar."))
            return redirect("feeds:list")
    shown = [
        {
            "feed": feed,
            # Those of others can be revoked, but their secret is not told.
            "address": feeds.address(feed) if feed.made_by_id == membership.user_id else "",
        }
        for feed in feeds.seen_by(membership)
    ]
    return render(request, "meetings/feeds/list.html", {"form": form, "shown": shown})


@member
@page
def revoke(request: MemberRequest, feed_id: str) -> HttpResponse:
    """Asks once, then stops the address from answering."""
    found = get_object_or_404(feeds.seen_by(request.membership), pk=feed_id)
    if request.method == "POST":
        feeds.revoke(found)
        messages.success(request, _("The feed no longer works."))
        return redirect("feeds:list")
    return render(request, "meetings/feeds/revoke.html", {"feed": found})


@public
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programs, which read it again and again: unchanged, it costs them nothing."""
    found = get_object_or_404(feeds.working().select_related("account", "room"), token=token)
    content = feeds.read(found)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Last-Modified"] = http_date(feeds.changed_at(found).timestamp())
    response["Content-Disposition"] = 'inline; filename="meetings.ics"'
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, max_age=300)
    # Not by its time: a number or a code that changes is no change of a meeting.
    return get_conditional_response(request, etag=etag, response=response) or response
