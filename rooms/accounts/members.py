"""Who belongs to an account: inviting, joining, roles, leaving. Pages and API call these.

Every change holds the account's row lock and reads the roles anew behind it, so that two owners
who demote each other at once cannot leave the account without one.

    Refused
    ├── MemberExists     the address belongs to a member already
    ├── NotAllowed       the role of who asks does not reach that far
    ├── LastOwner        the account would be left without an owner
    ├── WrongAddress     the invitation is for another e-mail than the user's verified ones
    ├── InvitationOver   the invitation was used, withdrawn or has expired
    └── MailFailed       the invitation stands, but its e-mail could not be sent
"""

import secrets
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, Invitation, Membership, Role, User, hash_secret


class Refused(Exception):
    """A change of the members that cannot be made; `message` tells people why and what to do."""

    message: str | Promise = ""

    def __str__(self) -> str:
        return str(self.message)


class MemberExists(Refused):
    message = _("This address belongs to a member already.")


class NotAllowed(Refused):
    message = _("Only an owner can do this. Ask an owner of the account.")


class LastOwner(Refused):
    message = _("An account needs an owner. Make somebody else an owner first.")


class WrongAddress(Refused):
    message = _("This invitation is for another e-mail address.")


class InvitationOver(Refused):
    message = _("This invitation is no longer valid. Ask for a new one.")


class MailFailed(Refused):
    message = _("The e-mail could not be sent. Send the invitation again in a few minutes.")


@transaction.atomic
def invite(account: Account, *, email: str, role: str, invited_by: User) -> Invitation:
    """Ask `email` to become a member; an open invitation to it is renewed and its old link dies.

    The e-mail leaves after commit. Raises MemberExists, NotAllowed, and MailFailed where the
    invitation is kept but the mail server refused.
    """
    account = _locked(account)
    _check_manages(account, invited_by, roles={role})
    email = email.strip().lower()
    is_theirs = Q(user__email__iexact=email) | Q(user__in=users_of(email))
    if Membership.objects.filter(is_theirs, account=account).exists():
        raise MemberExists
    token = secrets.token_urlsafe(24)
    invitation, _made = Invitation.objects.update_or_create(
        account=account,
        email=email,
        accepted_at=None,
        defaults={
            "role": role,
            "token_hash": hash_secret(token),
            "invited_by": invited_by,
            "created_at": timezone.now(),
        },
    )
    transaction.on_commit(lambda: _mail(invitation, token))
    return invitation


def send_again(invitation: Invitation, *, by: User) -> Invitation:
    """A new link for an open invitation; the one sent before stops working. Raises as `invite`."""
    return invite(invitation.account, email=invitation.email, role=invitation.role, invited_by=by)


def withdraw(invitation: Invitation) -> None:
    """Take an open invitation back; its link stops working."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


@transaction.atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Make `user` a member; works once. Raises InvitationOver or WrongAddress."""
    _locked(invitation.account)
    current = Invitation.objects.filter(pk=invitation.pk).first()
    now = timezone.now()
    if current is None or current.accepted_at or current.expires_at <= now:
        raise InvitationOver
    if current.email not in verified_addresses(user):
        raise WrongAddress
    current.accepted_at = now
    current.save(update_fields=["accepted_at"])
    membership, _made = Membership.objects.get_or_create(
        account_id=current.account_id, user=user, defaults={"role": current.role}
    )
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, by: User) -> Membership:
    """Give the member another role. Raises NotAllowed or LastOwner."""
    account = _locked(membership.account)
    current = Membership.objects.get(pk=membership.pk)
    _check_manages(account, by, roles={current.role, role})
    if role != Role.OWNER:
        _check_owner_remains(current)
    current.role = role
    current.save(update_fields=["role"])
    return current


@transaction.atomic
def remove(membership: Membership, *, by: User) -> None:
    """End the membership; the user keeps the login. Raises NotAllowed or LastOwner."""
    account = _locked(membership.account)
    current = Membership.objects.filter(pk=membership.pk).first()
    if current is None:
        return
    _check_manages(account, by, roles={current.role})
    _check_owner_remains(current)
    current.delete()


@transaction.atomic
def leave(membership: Membership) -> None:
    """End one's own membership, which takes no role. Raises LastOwner."""
    _locked(membership.account)
    current = Membership.objects.filter(pk=membership.pk).first()
    if current is None:
        return
    _check_owner_remains(current)
    current.delete()


def is_last_owner(membership: Membership) -> bool:
    """Whether the account would be left without an owner."""
    owners = Membership.objects.filter(account_id=membership.account_id, role=Role.OWNER)
    return membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists()


def verified_addresses(user: User) -> set[str]:
    """The user's confirmed e-mail addresses, in lower case."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    return {email.lower() for email in confirmed.values_list("email", flat=True)}


def invitations_to(user: User) -> QuerySet[Invitation]:
    """What this user may accept: addressed to an e-mail that they have confirmed."""
    return Invitation.objects.filter(
        email__in=verified_addresses(user),
        accepted_at=None,
        created_at__gt=timezone.now() - Invitation.LIFETIME,
    ).select_related("account", "invited_by")


def users_of(email: str) -> list[str]:
    """Ids of the users who have confirmed that `email` is theirs."""
    confirmed = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return list(confirmed.values_list("user_id", flat=True))


def _locked(account: Account) -> Account:
    return Account.objects.select_for_update().get(pk=account.pk)


def _check_manages(account: Account, user: User, *, roles: set[str]) -> None:
    """Whether `user` may manage members who have, or are to get, these roles."""
    mine = Membership.objects.filter(account=account, user=user).first()
    if mine is None or not mine.manages_members:
        raise NotAllowed
    if Role.OWNER in roles and mine.role != Role.OWNER:
        raise NotAllowed


def _check_owner_remains(leaving: Membership) -> None:
    if is_last_owner(leaving):
        raise LastOwner


def _mail(invitation: Invitation, token: str) -> None:
    with translation.override(invitation.account.language):
        text = render_to_string(
            "mail/invitation.txt",
            {
                "invitation": invitation,
                "link": f"{settings.PUBLIC_URL}/invitations/{token}/",
            },
        )
        subject = gettext("Join %(account)s on AnyRoom") % {"account": invitation.account}
    try:
        send_mail(subject, text, None, [invitation.email])
    except (SMTPException, OSError) as problem:
        raise MailFailed from problem
