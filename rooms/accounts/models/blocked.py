"""Numbers that may not enter: the rooms of one account, or any room of the service."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms import phones
from rooms.accounts.models.people import Account, User
from rooms.ids import IdField
from rooms.text import check_one_line


class BlockedNumber(models.Model):
    """A number (E.164) whose callers are not let in; without an account, nowhere."""

    id = IdField("bn")
    account = models.ForeignKey(
        Account, models.CASCADE, null=True, editable=False, related_name="blocked_numbers"
    )
    number = models.CharField(_("number"), max_length=phones.LONGEST)
    note = models.CharField(_("note"), max_length=200, blank=True, validators=[check_one_line])
    by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("blocked by"),
    )
    created_at = models.DateTimeField(_("blocked"), auto_now_add=True)

    class Meta:
        verbose_name = _("blocked number")
        verbose_name_plural = _("blocked numbers")
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            # The join of a caller looks a number up by it, so the number comes first.
            models.UniqueConstraint(
                fields=["number", "account"],
                condition=models.Q(account__isnull=False),
                name="one_block_per_account",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(account__isnull=True),
                name="one_block_of_the_service",
            ),
        ]

    def __str__(self) -> str:
        return phones.masked(self.number)
