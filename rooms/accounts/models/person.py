"""Whom an account knows: the people it invites and whose calls it recognizes."""

import unicodedata
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms import phones
from rooms.accounts.models.people import Account, check_time_zone
from rooms.ids import IdField
from rooms.text import check_one_line

SORTED_BY = 100


def folded(text: str) -> str:
    """As texts are compared when somebody searches: without case, accents and double spaces.

    The same on every database, which fold the case of ASCII letters alone, or not at all.
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in parts if not unicodedata.combining(sign)).split())


class Person(models.Model):
    """Somebody on the account's people list; a name, an e-mail or a phone is there at least.

    `email` is kept in lower case, `phone` is E.164. Each belongs to one person of the account.
    """

    id = IdField("pe")
    account = models.ForeignKey(Account, models.CASCADE, related_name="persons")
    name = models.CharField(
        pgettext_lazy("person", "name"), max_length=100, blank=True, validators=[check_one_line]
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=phones.LONGEST, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[check_time_zone]
    )
    # What lists are sorted by and names are searched in; set by `tidy`.
    sort_key = models.CharField(max_length=SORTED_BY, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("sort_key", "id")
        indexes: ClassVar = [
            models.Index(fields=["account", "sort_key", "id"], name="people_by_name"),
            models.Index(fields=["account", "email"], name="people_by_email"),
            models.Index(fields=["account", "phone"], name="people_by_phone"),
            # Who calls, before any account is known.
            models.Index(fields=["phone"], name="people_who_call", condition=~models.Q(phone="")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=~models.Q(email=""),
                name="one_person_per_email",
            ),
            models.UniqueConstraint(
                fields=["account", "phone"],
                condition=~models.Q(phone=""),
                name="one_person_per_phone",
            ),
            models.CheckConstraint(
                condition=~models.Q(name="", email="", phone=""), name="person_is_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or phones.masked(self.phone)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.tidy()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "email", "sort_key"}
        super().save(*args, **kwargs)

    def tidy(self) -> "Person":
        """Call it before rows are written in bulk, which `save` does not see."""
        self.email = self.email.lower()
        self.sort_key = folded(self.name or self.email or self.phone)[:SORTED_BY]
        return self
