"""What the carrier told us: calls, and the receipts of its webhooks."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class Call(models.Model):
    """One phone connection (Vonage: a leg), keyed by Vonage's `uuid`.

    `status` is Vonage's own word and only moves forward, whatever order the events come in.
    `room` is the one that it led to last, entered or not. `hung_up_by` is `user` or `platform`.
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
        ]

    def __str__(self) -> str:
        return self.uuid


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


class KeyPress(models.Model):
    """A key that a participant pressed during the call, as one webhook told it.

    `at` is when the carrier says that it was pressed, or where it does not, when we heard of it.
    `did` is a word for what the key did, "" until it did something; the key then has all `digits`
    of its command, such as `*6`. STAR is the first of those, which another row tells, and UNUSED
    what meant nothing, whose digit is not kept. `body_hash` is of the webhook, and of the digit's
    place in it.
    """

    STAR = "star"
    UNUSED = "unused"
    UNTOLD = ("", STAR, UNUSED)

    id = models.BigAutoField(primary_key=True)
    participant = models.ForeignKey(
        "conferences.Participant", models.CASCADE, related_name="key_presses"
    )
    call = models.CharField(_("call"), max_length=64, db_index=True)
    digits = models.CharField(_("keys"), max_length=2, blank=True)
    at = models.DateTimeField(_("pressed"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    body_hash = models.CharField(max_length=64)
    did = models.CharField(_("what it did"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("key press")
        verbose_name_plural = _("key presses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "body_hash"], name="one_key_press_per_delivery"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="key_presses_to_read", condition=models.Q(did="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.digits} {self.at:%F %T}"


class WrongCode(models.Model):
    """A code that is no room's, or with `room` that a PIN is nobody's there; kept for a week.

    `caller` is E.164, or empty where the number was withheld. `looked_at` says that the sweep has
    compared it with the codes of rooms (telephony/guess_news.py).
    """

    id = models.BigAutoField(primary_key=True)
    call = models.CharField(_("call"), max_length=64)
    caller = models.CharField(_("from"), max_length=16, blank=True)
    digits = models.CharField(_("digits"), max_length=20)
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_index=True)
    looked_at = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("wrong code")
        verbose_name_plural = _("wrong codes")
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="wrong_codes_to_look_at",
                condition=models.Q(looked_at=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.at:%F %T}"


class NearGuess(models.Model):
    """A wrong code that was nearly a room's, or a wrong PIN at the room: one row for each room."""

    id = models.BigAutoField(primary_key=True)
    wrong = models.ForeignKey(WrongCode, models.CASCADE, related_name="near")
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("near guess")
        verbose_name_plural = _("near guesses")
        indexes: ClassVar = [models.Index(fields=["room", "at"], name="near_guesses_of_a_room")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wrong", "room"], name="one_near_guess_per_room"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.at:%F %T}"


class IncomingSms(models.Model):
    """An SMS that somebody sent to one of our numbers, kept before anything is done about it.

    `sender` and `number` are E.164, or empty where the carrier gave none. `sent_at` is when the
    carrier got it. Its text may be a room's code, which is as good as a key, so it is forgotten
    once it was acted on; `did` is a word for what was done. `answered`: an SMS went back.
    """

    uuid = models.CharField(max_length=64, primary_key=True)
    sender = models.CharField(_("from"), max_length=16, blank=True)
    number = models.CharField(_("to"), max_length=16, blank=True)
    text = models.CharField(_("text"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    did = models.CharField(_("what was done"), max_length=16, blank=True)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+")
    answered = models.BooleanField(_("answered"), default=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("SMS received")
        verbose_name_plural = _("SMS received")
        indexes: ClassVar = [
            models.Index(fields=["sender", "received_at"], name="sms_by_sender"),
            models.Index(
                fields=["received_at"],
                name="sms_to_act_on",
                condition=models.Q(processed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.did}".strip()


class SmsWish(models.Model):
    """Whether a number (E.164) wants SMS of ours: the last that its owner said, and when.

    `goodbye` is the SMS that confirms a stop, the only one that still goes there.
    """

    number = models.CharField(_("number"), max_length=16, primary_key=True)
    stopped = models.BooleanField(_("wants no more SMS"))
    said_at = models.DateTimeField(_("said"))
    goodbye = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("wish about SMS")
        verbose_name_plural = _("wishes about SMS")

    def __str__(self) -> str:
        return self.number
