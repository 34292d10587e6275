"""How templates write money."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext

register = template.Library()


@register.filter
def money(cents: int, currency: str) -> str:
    """`$50` or `$49.50`; another currency is written by its code."""
    if cents < 0:
        return f"−{money(-cents, currency)}"
    whole = cents % 100 == 0
    amount = number_format(Decimal(cents) / 100, 0 if whole else 2, force_grouping=True)
    if currency.lower() == "usd":
        return pgettext("dollars", "$%(amount)s") % {"amount": amount}
    if currency.lower() == "eur":
        return pgettext("euros", "€%(amount)s") % {"amount": amount}
    return gettext("%(amount)s %(currency)s") % {"amount": amount, "currency": currency.upper()}


@register.filter
def euros(amount: Decimal) -> str:
    """What the carrier tells to eight places, to the cent."""
    return money(round(amount * 100), "eur")
