"""Phone connections."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account
from rooms.models import Room


class Call(models.Model):
    """One phone connection (Vonage: a leg), keyed by Vonage's `uuid`.

    `status` is Vonage's own word and only moves forward, whatever order the events come in.
    `room` is the one that it led to last, entered or not, and `account` is that room's, kept here
    so that an account's calls are found in their order. `hung_up_by` is `user` or `platform`.
    `steps` holds what was answered to each input webhook, `{step: {"digits", "said", "ncco"}}`,
    so that a repeated delivery gets the same answer. `rate` is euros a minute, `price` euros,
    `duration` seconds, all as `completed` told them, once.
    """

    uuid = models.CharField(max_length=64, primary_key=True)
    status = models.CharField(_("status"), max_length=16, default="started")
    direction = models.CharField(_("direction"), max_length=8, default="inbound")
    caller = models.CharField(_("from"), max_length=16, blank=True)
    dialled = models.CharField(_("to"), max_length=16, blank=True)
    conversation_uuid = models.CharField(max_length=64, blank=True, db_index=True)
    region_url = models.CharField(max_length=200, blank=True)
    # Its index is `calls_of_a_room`.
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="calls", db_index=False)
    # A caller waits until it is written, so the database does not check it: the room's is true.
    account = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="calls",
        db_constraint=False,
        db_index=False,
    )  # its index is `calls_of_an_account`
    steps = models.JSONField(default=dict)
    problem = models.CharField(_("what went wrong"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("first heard of"), default=timezone.now)
    seen_at = models.DateTimeField(
        default=timezone.now, help_text=_("When the carrier last told us of it.")
    )
    started_at = models.DateTimeField(_("started"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    duration = models.PositiveIntegerField(_("seconds"), null=True)
    rate = models.DecimalField(_("rate"), max_digits=12, decimal_places=8, null=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=8, null=True)
    network = models.CharField(_("network"), max_length=32, blank=True)
    hung_up_by = models.CharField(_("hung up by"), max_length=16, blank=True, db_default="")

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes: ClassVar = [
            models.Index(
                fields=["seen_at"], name="calls_going_on", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["ended_at"],
                name="calls_without_price",
                condition=models.Q(status="completed", price__isnull=True, ended_at__isnull=False),
            ),
            # By which somebody finds a call that went wrong.
            models.Index(
                fields=["caller", "created_at"],
                name="calls_by_number",
                condition=~models.Q(caller=""),
            ),
            models.Index(
                fields=["dialled", "created_at"],
                name="calls_by_number_called",
                condition=models.Q(direction="outbound"),
            ),
            models.Index(
                fields=["account", "-created_at", "-uuid"],
                name="calls_of_an_account",
                condition=models.Q(account__isnull=False),
            ),
            models.Index(
                fields=["room", "created_at"],
                name="calls_of_a_room",
                condition=models.Q(room__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.uuid

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.room and not self.account_id:
            self.account_id = self.room.account_id
        super().save(*args, **kwargs)


class MovedCall(models.Model):
    """A call that was in a room of `account` before it moved on to a room of another account."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="moved")

    class Meta:
        verbose_name = _("moved call")
        verbose_name_plural = _("moved calls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "call"], name="one_moved_call_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.account_id}"
