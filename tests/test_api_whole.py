"""Everything that the dashboard can do is in the API."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from anyroom_site.api import docs
from tests.test_guards import OURS

# Each page that takes a POST, and the operations that do the same by the same functions. Logging
# in, one's addresses, password and second factors are allauth's pages, and a person's alone.
DONE_BY: dict[str, str] = {
    "rooms.views.make": "rooms_create",
    "rooms.views.edit": "rooms_partial_update",
    "rooms.views.archive": "rooms_archive",
    "rooms.views.rotate_code": "rooms_rotate_code rooms_rotate_code_and_invite",
    "rooms.conferences.panel_views.control": "conferences_lock conferences_unlock conferences_end "
    "conferences_mute_all conferences_silence conferences_unsilence conferences_record "
    "conferences_stop_recording participants_mute participants_unmute participants_hold "
    "participants_unhold participants_remove participants_promote participants_lower_hand",
    "rooms.conferences.panel_views.announce": "conferences_announce",
    "rooms.conferences.sound_views.play": "conferences_play",
    "rooms.conferences.sound_views.stop": "conferences_stop_playing",
    "rooms.conferences.sound_views.sound_list": "sounds_create",
    "rooms.conferences.sound_views.delete": "sounds_destroy",
    "rooms.conferences.recording_views.delete": "recordings_destroy",
    "rooms.conferences.usage_views.change_cap": "usage_partial_update",
    "rooms.meetings.call_in_views.call_in_view": "rooms_call_in call_requests_withdraw",
    "rooms.meetings.call_views.call_invitee": "invitees_call call_requests_withdraw",
    "rooms.meetings.plan_views.make": "meetings_create",
    "rooms.meetings.plan_views.edit": "meetings_partial_update occurrences_move",
    "rooms.meetings.plan_views.cancel": "meetings_cancel",
    "rooms.meetings.plan_views.start_now": "meetings_start_now",
    "rooms.meetings.occurrence_views.occurrence": "occurrences_move",
    "rooms.meetings.occurrence_views.cancel_one": "occurrences_cancel",
    "rooms.meetings.report_views.notes": "occurrences_partial_update",
    "rooms.meetings.invitee_views.invitee": "invitees_partial_update",
    "rooms.meetings.invitee_views.remove": "invitees_destroy",
    "rooms.meetings.invitee_views.resend": "invitees_resend",
    "rooms.meetings.invitee_views.invite_one": "meetings_invite",
    "rooms.meetings.invitee_views.invite_list": "meetings_invite",
    "rooms.meetings.invitee_views.invite_people": "meetings_invite",
    "rooms.meetings.mailing_views.send": "meetings_send_invitations",
    "rooms.meetings.mailing_views.stop": "mailings_stop",
    "rooms.meetings.mailing_views.resume": "mailings_resume",
    "rooms.meetings.feed_views.feed_list": "feeds_create",
    "rooms.meetings.feed_views.revoke": "feeds_destroy",
    "rooms.notices.views.wanted": "notice_preferences_partial_update",
    "rooms.notices.views.try_again": "notices_retry",
    "rooms.accounts.views.settings": "account_partial_update",
    "rooms.accounts.views.close": "account_destroy",
    "rooms.accounts.views.keys": "api_keys_create",
    "rooms.accounts.views.revoke_key": "api_keys_destroy",
    "rooms.accounts.own_views.start": "accounts_create",
    "rooms.accounts.own_views.you": "me_partial_update",
    "rooms.accounts.own_views.phone": "me_send_code",
    "rooms.accounts.own_views.phone_code": "me_confirm",
    "rooms.accounts.own_views.remove_phone": "me_forget",
    "rooms.accounts.own_views.accept": "me_accept",
    "rooms.accounts.member_views.leave": "members_destroy",
    "rooms.accounts.member_views.remove": "members_destroy",
    "rooms.accounts.member_views.change_role": "members_partial_update",
    "rooms.accounts.member_views.invite": "invitations_create",
    "rooms.accounts.member_views.withdraw": "invitations_destroy",
    "rooms.accounts.member_views.send_again": "invitations_resend",
    "rooms.accounts.erasure_views.ask": "erasures_create",
    "rooms.accounts.erasure_views.erase": "erasures_create",
    "rooms.accounts.blocked_views.numbers": "blocked_numbers_create",
    "rooms.accounts.blocked_views.unblock": "blocked_numbers_destroy",
    "rooms.accounts.people_views.make": "people_create",
    "rooms.accounts.people_views.edit": "people_partial_update",
    "rooms.accounts.people_views.remove": "people_destroy",
    "rooms.accounts.people_views.bring_in": "people_bring_in",
    "rooms.notices.hooks.views.make": "webhook_endpoints_create",
    "rooms.notices.hooks.views.edit": "webhook_endpoints_partial_update",
    "rooms.notices.hooks.views.switch": "webhook_endpoints_partial_update",
    "rooms.notices.hooks.views.ping": "webhook_endpoints_ping",
    "rooms.notices.hooks.views.rotate": "webhook_endpoints_rotate_secret",
    "rooms.notices.hooks.views.delete": "webhook_endpoints_destroy",
    "rooms.notices.hooks.delivery_views.send_again": "webhook_deliveries_send_again",
    "billing.views.start_checkout": "billing_checkout",
    "billing.views.portal": "billing_portal",
    "telephony.guess_views.block": "guesses_block",
    # What an invitee does by the link in their letter.
    "rooms.meetings.join_views.reply": "invitees_reply",
    "rooms.meetings.join_views.reminders": "invitees_partial_update",
    "rooms.meetings.call_views.call_me_view": "invitees_call call_requests_withdraw",
    "rooms.notices.unsubscribe_views.page": "notice_preferences_partial_update",
}
# What changes nothing but what one browser shows.
OF_A_BROWSER = {
    "anyroom_site.pages.set_language",
    "rooms.accounts.own_views.switch",  # a key belongs to one account
    "rooms.meetings.join_views.zone",
}
# What is looked at alone, and says so later than that nothing is there.
ONLY_READ = {"rooms.meetings.join_views.page", "rooms.meetings.join_views.calendar"}
# Pages that change nothing, and what the API shows instead of them.
READ_BY = {
    "telephony.guess_views.lately": "guesses_list",
    "telephony.call_views.of_room": "calls_list",
    "telephony.call_views.find": "calls_list",
    "telephony.call_views.call": "calls_retrieve",
    "rooms.meetings.report_views.as_csv": "occurrences_report",
    "rooms.conferences.usage_views.as_csv": "usage_retrieve",
    "rooms.accounts.people_views.export": "people_bring_out",
    "rooms.conferences.recording_views.file": "recordings_file",
    "billing.views.invoices": "billing_invoices",
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The ids of all operations."""
    paths: Any = docs._schema("en")["paths"]
    return {one["operationId"] for methods in paths.values() for one in methods.values()}


def _takes_a_post(client: Client, path: str) -> bool:
    """Whatever it does is undone: a form that asks nothing may have closed the account."""
    client.raise_request_exception = False  # the payment service is asked in no transaction
    with transaction.atomic():
        response = client.post(path)
        transaction.set_rollback(True)
    return response.status_code != 405


def _name(view: Any) -> str:
    return f"{view.__module__}.{view.__name__}"


def _pages() -> dict[str, str]:
    """Each page of ours with an address of it; nothing is found there."""
    return {
        _name(entry.callback): "/" + re.sub(r"<(\w+:)?\w+>", "1", path)
        for path, entry in OURS
        if getattr(entry.callback, "guard", "") != "webhook"
        and not path.startswith(("api/", "^api", "billing/sandbox/"))
        and not entry.callback.__module__.startswith("anyroom_site.health")
        and "^" not in path
    }


def test_each_page_that_changes_something_has_an_operation_that_does_the_same(
    alice_client: Client, known: set[str]
) -> None:
    taking = {name for name, path in _pages().items() if _takes_a_post(alice_client, path)}
    for name in sorted(taking - ONLY_READ):
        assert name in DONE_BY or name in OF_A_BROWSER, "which operation does the same?"
    assert DONE_BY.keys() | OF_A_BROWSER <= taking, "these pages are gone, or take no POST"


def test_the_operations_are_there(known: set[str]) -> None:
    told = {name for names in [*DONE_BY.values(), *READ_BY.values()] for name in names.split()}
    assert told <= known
    assert READ_BY.keys() <= _pages().keys()
