"""The receipt of having erased a person."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models.people import Account, User
from rooms.ids import IdField


class Erasure(models.Model):
    """That what an account knew of somebody was erased, by whom and how much of it.

    `subject_hashes` are keyed hashes of the number and the addresses: whoever asks with the same
    number again can be told that it was erased, and nobody can read it from here. `hint` is the
    masked number or address. `counts` says how many rows of each kind were changed, by a word.
    """

    id = IdField("er")
    account = models.ForeignKey(Account, models.CASCADE, related_name="erasures")
    subject_hashes = models.JSONField(default=list, editable=False)
    hint = models.CharField(_("who"), max_length=100)
    counts = models.JSONField(_("what was erased"), default=dict)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("erased by")
    )
    created_at = models.DateTimeField(_("erased"), default=timezone.now)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-created_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at"], name="erasures_of_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.hint} {self.created_at:%F}"
