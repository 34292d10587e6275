"""Proving that a phone is yours: a code goes out by SMS and has to be keyed in.

Counted in the shared cache by `cache.add`, of which one caller alone succeeds for a key: each code
sent takes a free slot of its user's and of its number's for an hour, and each try one of the
check's. What is kept of a code is a keyed hash, since six digits are soon gone through.
"""

import datetime as dt
import secrets
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms import sms
from rooms.accounts.models import Membership, User

LASTS = 10 * 60
TRIES = 5
HOUR = 3600
CODES_AN_HOUR = 3
CODES_TO_A_NUMBER = 2


def send_code(user: User, number: str) -> None:
    """Text a code to `number` (E.164), outside of any transaction.

    Raises ValidationError with what to do when too many were sent or the SMS was refused.
    """
    if not _take_slot(f"phone-codes:{user.pk}", CODES_AN_HOUR, HOUR) or not _take_slot(
        f"phone-codes:{number}", CODES_TO_A_NUMBER, HOUR
    ):
        why = _("Too many codes were sent. Try again in an hour.")
        raise ValidationError(why, code="too_many_codes")
    code = f"{secrets.randbelow(10**6):06}"
    with translation.override(user.language):
        text = gettext("%(code)s is your AnyRoom code. It works for 10 minutes.") % {"code": code}
    try:
        sms.send(to=number, text=text)
    except sms.SmsError as problem:
        raise ValidationError(
            _("The SMS could not be sent: %(why)s") % {"why": problem}, code="sms_failed"
        ) from problem
    until = timezone.now() + dt.timedelta(seconds=LASTS)
    hashed = _hash(user, number, code)
    check = {"id": secrets.token_hex(8), "number": number, "hash": hashed, "until": until}
    cache.set(_key(user), check, LASTS)


def number_waiting(user: User) -> str | None:
    """The number whose code we wait for, if one was sent in the last minutes."""
    check = _waiting(user)
    return check["number"] if check else None


def confirm(user: User, code: str) -> None:
    """Set `user.phone` if this is the code, outside of any transaction: a wrong try stays counted.

    Raises ValidationError with what to do.
    """
    check = _waiting(user)
    if check is None:
        raise ValidationError(_("The code has expired. Ask for a new one."), code="expired")
    if not _take_slot(f"phone-tries:{check['id']}", TRIES, LASTS):
        cache.delete(_key(user))
        text = _("Too many wrong codes. Ask for a new one.")
        raise ValidationError(text, code="too_many_tries")
    digits = "".join(sign for sign in code if sign.isdigit())  # people copy a space along with it
    if not constant_time_compare(check["hash"], _hash(user, check["number"], digits)):
        raise ValidationError(_("This is not the code we sent. Look again."), code="wrong_code")
    cache.delete(_key(user))
    user.phone = check["number"]
    user.save(update_fields=["phone"])


@transaction.atomic
def forget(user: User) -> None:
    """The user has no phone from now on, and no account sends them notices by SMS."""
    user.phone = ""
    user.save(update_fields=["phone"])
    for membership in Membership.objects.select_for_update().filter(user=user).order_by("pk"):
        membership.notice_channels = {
            kind: [channel for channel in channels if channel != "sms"]
            for kind, channels in membership.notice_channels.items()
        }
        membership.save(update_fields=["notice_channels"])


def _waiting(user: User) -> dict[str, Any] | None:
    check: dict[str, Any] | None = cache.get(_key(user))
    return check if check and check["until"] > timezone.now() else None


def _key(user: User) -> str:
    return f"phone-check:{user.pk}"


def _hash(user: User, number: str, code: str) -> str:
    value = f"{user.pk}:{number}:{code}"
    return salted_hmac("rooms.accounts.phone_check", value, algorithm="sha256").hexdigest()


def _take_slot(name: str, slots: int, seconds: int) -> bool:
    """Whether one of the slots was free; it is taken for so many seconds."""
    return any(cache.add(f"{name}:{slot}", True, seconds) for slot in range(slots))
