"""The last help for a caller who keyed wrong codes: the link to their meeting, by SMS.

It goes to the number that called and is invited, so a forged number learns nothing by it.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef

from rooms import calls
from rooms.meetings.models import Invitee, Mailing, Occurrence
from rooms.notices.models import Notice
from telephony import call_flow, prompts, voice
from telephony.call_flow import Reply
from telephony.models import SmsWish
from telephony.steps import Asks, Step
from telephony.voice import N_, digits
from telephony.vonage import ncco

KEY = "sms_offer:"
MOST_A_DAY = 2  # to a number
TIMEOUT = 10

OFFER = N_("{code} is not a room. Press 1 to get your link by SMS.")
SENT = N_("The link is on its way to this phone. Goodbye.")
NOT_SENT = N_("Ask the person who invited you for the code, then call again. Goodbye.")


def offer(step: Step, number: str, at: dt.datetime, *, code: str, input_url: str) -> Reply | None:
    """What a caller hears after the last wrong `code` instead of a goodbye; None for most.

    `number` is E.164, or empty where it is withheld; it is offered to one invited to a single room.
    """
    if not number or step.called:
        return None
    invitee = _invited(number, at, step.account)
    if invitee is None or not _may_get(number, at):
        return None
    asked = step.ask(Asks.LINK, invitee.room_id, invitee=invitee.pk)
    text = voice.say(step.language, OFFER, code=digits(code))
    return Reply(
        [
            ncco.talk(prompts.plain(text), language=voice.voice(step.language), barge_in=True),
            ncco.gather(input_url + asked.token(), timeout=TIMEOUT, most_digits=1),
        ],
        "offer_link",
    )


def after_key(step: Step, number: str, keyed: str, at: dt.datetime) -> Reply:
    """The caller pressed 1, or did not; in the transaction that keeps the answer."""
    invitee = _invited(number, at, step.account) if keyed == "1" and number else None
    if invitee is None or invitee.pk != step.invitee or not _may_get(number, at):
        return call_flow.closing(step.language, voice.say(step.language, NOT_SENT), "no_link")
    notice = Notice(
        account_id=invitee.meeting.room.account_id,
        room_id=invitee.room_id,
        invitee=invitee,
        kind=Notice.Kind.INVITATION,
        channel=Notice.Channel.SMS,
        address=number,
        key=f"{KEY}{step.call}",
        subject=invitee.meeting.title[:200],
        facts={"what": Mailing.Kind.INVITATION},
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    return call_flow.closing(step.language, voice.say(step.language, SENT), "link_sent")


def _invited(number: str, at: dt.datetime, account_id: str) -> Invitee | None:
    """Whoever has the number in the only room with a meeting on or to come that they may enter.

    Of several meetings there, the one that is next. With `account_id`, its rooms alone.
    """
    coming = Occurrence.objects.upcoming(at).filter(meeting=OuterRef("meeting"))
    people = Invitee.objects.invited().filter(Exists(coming), phone=number)
    if account_id:
        people = people.filter(room__account=account_id)
    rooms = set(people.order_by().values_list("room", flat=True).distinct()[:2])
    if len(rooms) != 1:
        return None
    next_start = coming.values("starts_at")[:1]
    found = people.annotate(next_start=next_start).select_related("meeting__room__account")
    return found.order_by("next_start", "pk").first()


def _may_get(number: str, at: dt.datetime) -> bool:
    """Whether the number may be sent an SMS, and has not had its links of the day."""
    try:
        calls.check_number(number)
    except ValidationError:
        return False
    if SmsWish.objects.filter(pk=number, stopped=True).exists():
        return False
    lately = Notice.objects.filter(
        key__startswith=KEY,
        invitee__phone=number,
        address=number,
        created_at__gt=at - dt.timedelta(days=1),
    )
    return lately.count() < MOST_A_DAY
