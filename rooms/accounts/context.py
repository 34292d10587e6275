"""What every template may know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "membership": getattr(request, "membership", None),
        "languages": settings.LANGUAGES,
        "mailbox_shown": settings.MAILBOX_DIR is not None,
        "trial_days": settings.TRIAL_DAYS,
    }
