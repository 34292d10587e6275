"""What the accounts keep of somebody who is erased: the people list, blocks, invitations, logs."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from rooms.accounts.erasing import covers, erasing
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import Subject
from rooms.accounts.models import (
    Account,
    ApiKey,
    BlockedNumber,
    Erasure,
    Invitation,
    Person,
    User,
)


@receiver(erasing, dispatch_uid="erasing: accounts")
@covers(
    *("accounts.Person.name", "accounts.Person.email", "accounts.Person.phone"),
    *("accounts.Person.sort_key", "accounts.Invitation.email", "accounts.BlockedNumber.number"),
    *("accounts.BlockedNumber.note", "accounts.ApiKey.name"),
    *("admin.LogEntry.object_repr", "admin.LogEntry.change_message"),
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    people = Person.objects.filter(account=account)
    theirs = people.filter(Q(phone__in=subject.phones) | Q(email__in=subject.emails))
    keys = list(theirs.values_list("pk", flat=True))
    blocks = BlockedNumber.objects.filter(account=account)
    invitations = Invitation.objects.filter(account=account)
    erased = {
        "people": theirs.delete()[1].get("accounts.Person", 0),
        "blocks": blocks.filter(number__in=subject.phones).delete()[0],
        "messages": invitations.filter(email__in=subject.emails).delete()[0],
        "texts": clear(blocks, "note", subject=subject)
        + clear(ApiKey.objects.filter(account=account), "name", subject=subject),
        "log": _log(keys),
    }
    # Somebody who was a member is no longer shown as who did this.
    was_done = (
        (blocks, "by"),
        (ApiKey.objects.filter(account=account), "made_by"),
        (invitations, "invited_by"),
        (Erasure.objects.filter(account=account), "by"),
    )
    forget_doers(subject, was_done)
    return erased


def forget_doers(subject: Subject, rows: Iterable[tuple[QuerySet[Any], str]]) -> None:
    """Of these rows, those that name the login of the person as who did it name nobody."""
    users = list(User.objects.filter(_is_theirs(subject)).values_list("pk", flat=True))
    for found, field in rows if users else ():
        found.filter(**{f"{field}__in": users}).update(**{field: None})


def _is_theirs(subject: Subject) -> Q:
    return Q(email__in=subject.emails) | (Q(phone__in=subject.phones) & ~Q(phone=""))


def _log(keys: list[str]) -> int:
    """What the operator did to these rows; that it was done stays."""
    done = LogEntry.objects.filter(object_id__in=keys)
    return done.update(object_repr="", change_message="")
