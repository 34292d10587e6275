"""What the carrier told us: calls, and the receipts of its webhooks."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class Call(models.Model):
    """One phone connection (Vonage: a leg), keyed by Vonage's `uuid`.

    `status` is Vonage's own word and only moves forward, whatever order the events come in.
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
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="calls")
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
        ]

    def __str__(self) -> str:
        return self.uuid


class Control(models.Model):
    """Something to be done to a call that goes on: say a text to its caller, or hang it up.

    `about` says why and is unique with the call, so that it is done once, whoever asks how often.
    It is due at `due_at`; who takes it sets this ahead, so a worker that is killed leaves it due.
    """

    class Action(models.TextChoices):
        TALK = "talk", _("say")
        HANGUP = "hangup", _("hang up")

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, models.CASCADE, related_name="controls")
    about = models.CharField(_("about"), max_length=64)
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    text = models.CharField(_("text"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("control")
        verbose_name_plural = _("controls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "about"], name="one_control_about_a_thing"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="controls_due", condition=models.Q(done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.about}"


class WebhookReceipt(models.Model):
    """An event webhook as it came, kept before anything is done about it."""

    id = models.BigAutoField(primary_key=True)
    call = models.CharField(_("call"), max_length=64, blank=True)
    body_hash = models.CharField(max_length=64)
    body = models.JSONField()
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("webhook receipt")
        verbose_name_plural = _("webhook receipts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "body_hash"], name="one_receipt_per_delivery"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="receipts_to_process",
                condition=models.Q(processed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.received_at:%F %T}"
