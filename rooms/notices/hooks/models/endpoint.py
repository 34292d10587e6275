"""Where an account wants to be told."""

import datetime as dt
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account, User
from rooms.ids import IdField
from rooms.text import check_one_line


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> Self:
        return self.filter(disabled_at=None)


class WebhookEndpoint(models.Model):
    """An address of an account's program, which is told of events.

    `event_types` are the names of those that are wanted; empty means all, also ones that are added
    later. `secret` and `previous_secret` are kept encrypted (secrets.py); the previous one signs
    too until `previous_until`. `failing_since` is when the first of the deliveries that have failed
    since without one that arrived was tried.
    """

    class Off(models.TextChoices):
        BY_MEMBER = "member", _("switched off by a member")
        FAILING = "failing", _("nothing arrived for days")
        GONE = "gone", _("it answered that it is gone for good")

    id = IdField("we")
    account = models.ForeignKey(Account, models.CASCADE, related_name="webhook_endpoints")
    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(
        _("what it is for"), max_length=200, blank=True, validators=[check_one_line]
    )
    event_types = models.JSONField(_("events"), default=list, blank=True)
    secret = models.CharField(max_length=300, editable=False)
    previous_secret = models.CharField(max_length=300, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    disabled_why = models.CharField(
        _("why it is off"), max_length=8, choices=Off.choices, blank=True, editable=False
    )
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    made_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects: ClassVar[EndpointQuerySet] = EndpointQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.url

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types

    def signs_with_previous(self, at: dt.datetime) -> bool:
        """Whether the secret before the last rotation still counts."""
        return bool(self.previous_secret and self.previous_until and at < self.previous_until)
