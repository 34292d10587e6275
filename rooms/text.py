"""What people write into one-line fields."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def check_one_line(text: str) -> None:
    """Raises ValidationError for line breaks and other signs that nobody can see or say."""
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValidationError(_("Write it in one line, without tabs or control characters."))
