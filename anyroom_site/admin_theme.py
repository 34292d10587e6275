"""How the admin site looks (django-unfold) and what its sidebar leads to."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "AnyRoom",
    "SITE_HEADER": "AnyRoom",
    "SITE_SUBHEADER": _("for whoever runs it"),
    "SITE_SYMBOL": "tag",
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": [
            {
                "title": title,
                "items": [
                    {
                        "title": name,
                        "icon": icon,
                        "link": reverse_lazy(f"admin:{model}_changelist"),
                    }
                    for name, icon, model in items
                ],
            }
            for title, items in (
                (
                    _("Money"),
                    (
                        (_("Accounts"), "account_balance", "accounts_account"),
                        (_("Subscriptions"), "autorenew", "billing_subscription"),
                        (_("Stripe events"), "sync_problem", "billing_stripeevent"),
                    ),
                ),
                (
                    _("The line"),
                    (
                        (_("Phone numbers"), "dialpad", "rooms_phonenumber"),
                        (_("Rooms"), "meeting_room", "rooms_room"),
                        (_("Calls"), "call", "telephony_call"),
                        (_("Webhooks received"), "inbox", "telephony_webhookreceipt"),
                    ),
                ),
                (
                    _("People"),
                    (
                        (_("Users"), "person", "accounts_user"),
                        (_("Notices"), "notifications", "notices_notice"),
                    ),
                ),
            )
        ],
    },
    "BORDER_RADIUS": "10px",
    "COLORS": {
        "primary": {
            "50": "#eef8f5",
            "100": "#d5efe8",
            "200": "#addfd3",
            "300": "#7cc9b9",
            "400": "#4bab9a",
            "500": "#1f8c7b",
            "600": "#0b6b5d",
            "700": "#0a564c",
            "800": "#0a453e",
            "900": "#0a3934",
            "950": "#04211e",
        }
    },
}
