"""Keys for programs, and the requests that they name so as to be carried out once."""

import datetime as dt
import hashlib
import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models.people import Account, User
from rooms.ids import IdField
from rooms.text import check_one_line


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: enough for secrets of 160 random bits and more, which nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Scope(models.TextChoices):
    """What a key may do. `read` reads all but billing; the others change what they name."""

    READ = "read", _("read everything but billing")
    ROOMS = "rooms", _("make and change rooms")
    MEETINGS = "meetings", _("plan meetings and keep people")
    CONTROL = "control", _("control live conferences")
    BILLING = "billing", _("see and change billing")
    ADMIN = "admin", _("manage the account and its members")


class ApiKey(models.Model):
    """A program's way in. The secret is shown once; what is kept is its hash."""

    PREFIX = "ark_"

    id = IdField("ak")
    account = models.ForeignKey(Account, models.CASCADE, related_name="api_keys")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=100, validators=[check_one_line])
    scopes = models.JSONField(_("scopes"), default=list)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("ends in"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

    @classmethod
    def make(
        cls,
        account: Account,
        *,
        name: str,
        scopes: list[str],
        made_by: User | None = None,
        expires_at: dt.datetime | None = None,
    ) -> tuple["ApiKey", str]:
        """The saved key and its secret, which cannot be had again."""
        secret = cls.PREFIX + secrets.token_urlsafe(30)
        key = cls.objects.create(
            account=account,
            made_by=made_by,
            name=name,
            scopes=sorted(scopes),
            secret_hash=hash_secret(secret),
            hint=secret[-4:],
            expires_at=expires_at,
        )
        return key, secret

    def works(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


class IdempotentRequest(models.Model):
    """A POST that its sender named by an Idempotency-Key, and what it was answered.

    `owner` is the id of the ApiKey or Membership that sent it, `key` the hash of the name. While
    `status` is None the request is being carried out by whoever set `claimed_until`; after that
    moment another may take over. `body` is encrypted: an answer may hold a new key's secret.
    """

    LIFETIME = dt.timedelta(hours=24)

    owner = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    claimed_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=64, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_request_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.created_at:%F %T}"
