"""Secret addresses that calendars read meetings from."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, User
from rooms.ids import IdField
from rooms.models import Room


def new_feed_token() -> str:
    """256 random bits: whoever knows the address reads the meetings."""
    return secrets.token_urlsafe(32)


class Feed(models.Model):
    """An iCalendar feed of an account's meetings, or of one room's, until it is revoked."""

    id = IdField("fd")
    account = models.ForeignKey(Account, models.CASCADE, related_name="feeds")
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, related_name="feeds")
    token = models.CharField(max_length=64, unique=True, default=new_feed_token, editable=False)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.id
