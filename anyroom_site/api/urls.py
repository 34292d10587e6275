"""The addresses of the API. Each is documented with a slash at its end and works without it."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from anyroom_site.api import docs
from billing.api import Plan
from rooms.accounts.access import public
from rooms.accounts.api import Accounts, ApiKeys
from rooms.accounts.api_me import Me, MyInvitations, MyPhone, NewAccounts
from rooms.accounts.api_members import Invitations, Members
from rooms.accounts.api_people import People
from rooms.accounts.blocked_api import BlockedNumbers
from rooms.accounts.erasure_api import Erasures
from rooms.api import Numbers, Rooms
from rooms.conferences.api_participants import Participants
from rooms.conferences.recording_api import Recordings
from rooms.conferences.sound_api import PlayingConferences, Sounds
from rooms.conferences.usage_api import MonthlyUsage
from rooms.meetings.api import Meetings
from rooms.meetings.api_call_in import RoomCalls
from rooms.meetings.api_calls import CallRequests
from rooms.meetings.api_feeds import Feeds
from rooms.meetings.api_invitees import Invitees
from rooms.meetings.api_mailings import Mailings
from rooms.meetings.api_occurrences import Occurrences
from rooms.meetings.api_rooms import RoomMeetings
from rooms.notices.api import Notices
from rooms.notices.api_preferences import NoticePreferences
from rooms.notices.hooks.api import WebhookEndpoints
from rooms.notices.hooks.api_deliveries import WebhookDeliveries
from telephony.api import Calls
from telephony.browser_api import BrowserTokens
from telephony.guess_api import Guesses

app_name = "api"

LISTS: dict[str, type[ViewSetMixin]] = {
    "rooms": Rooms,
    "numbers": Numbers,
    "conferences": PlayingConferences,
    "participants": Participants,
    "recordings": Recordings,
    "sounds": Sounds,
    "calls": Calls,
    "people": People,
    "blocked_numbers": BlockedNumbers,
    "guesses": Guesses,
    "meetings": Meetings,
    "occurrences": Occurrences,
    "invitees": Invitees,
    "mailings": Mailings,
    "call_requests": CallRequests,
    "feeds": Feeds,
    "members": Members,
    "invitations": Invitations,
    "notices": Notices,
    "webhook_endpoints": WebhookEndpoints,
    "webhook_deliveries": WebhookDeliveries,
    "api_keys": ApiKeys,
    "erasures": Erasures,
}
router = SimpleRouter()
router.trailing_slash = "/?"
for _name, _view in LISTS.items():
    router.register(_name, _view, basename=_name)

_single: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
urlpatterns: list[URLPattern | URLResolver] = [
    re_path("^$", public(docs.Root.as_view()), name="root"),
    re_path("^schema/?$", public(docs.Schema.as_view()), name="schema"),
    re_path("^docs/?$", docs.docs, name="docs"),
    re_path("^problems/?$", public(docs.Problems.as_view()), name="problems"),
    re_path("^problems/(?P<slug>[a-z-]+)/?$", public(docs.ProblemPage.as_view()), name="problem"),
    re_path("^me/?$", Me.as_view(_single), name="me"),
    re_path(
        "^me/phone/?$",
        MyPhone.as_view({"post": "send_code", "delete": "forget"}),
        name="my_phone",
    ),
    re_path("^me/phone/confirm/?$", MyPhone.as_view({"post": "confirm"}), name="confirm_phone"),
    re_path(
        "^me/invitations/(?P<pk>[a-z]{2}_[0-9a-z]{26})/accept/?$",
        MyInvitations.as_view({"post": "accept"}),
        name="accept_invitation",
    ),
    re_path("^accounts/?$", NewAccounts.as_view({"post": "create"}), name="new_accounts"),
    re_path("^account/?$", Accounts.as_view({**_single, "delete": "destroy"}), name="account"),
    re_path(
        "^rooms/(?P<pk>[a-z]{2}_[0-9a-z]{26})/rotate_code_and_invite/?$",
        RoomMeetings.as_view({"post": "rotate_code_and_invite"}),
        name="rotate_code_and_invite",
    ),
    re_path(
        "^rooms/(?P<pk>[a-z]{2}_[0-9a-z]{26})/call_in/?$",
        RoomCalls.as_view({"post": "call_in"}),
        name="call_in",
    ),
    re_path(
        "^rooms/(?P<pk>[a-z]{2}_[0-9a-z]{26})/browser_tokens/?$",
        BrowserTokens.as_view({"post": "browser_token"}),
        name="browser_tokens",
    ),
    re_path("^usage/?$", MonthlyUsage.as_view(_single), name="usage"),
    re_path("^billing/?$", Plan.as_view({"get": "retrieve"}), name="billing"),
    re_path("^billing/checkout/?$", Plan.as_view({"post": "checkout"}), name="billing_checkout"),
    re_path("^billing/portal/?$", Plan.as_view({"post": "portal"}), name="billing_portal"),
    re_path("^billing/invoices/?$", Plan.as_view({"get": "invoices"}), name="billing_invoices"),
    re_path(
        "^notice_preferences/?$", NoticePreferences.as_view(_single), name="notice_preferences"
    ),
    path("", include(router.urls)),
]
