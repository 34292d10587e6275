"""What the shared counters count, where the database does it (rooms/counters.py)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WindowCount(models.Model):
    """One counter in one window of time; written by SQL alone."""

    key = models.CharField(_("counter"), max_length=100, primary_key=True)
    count = models.PositiveIntegerField(_("count"))
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    class Meta:
        verbose_name = _("shared counter")
        verbose_name_plural = _("shared counters")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
