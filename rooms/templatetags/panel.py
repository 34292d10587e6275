"""What the live panel says of money."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def in_euros(amount: Decimal) -> str:
    """An amount in euros, to the cent: `€0.42`."""
    cents = number_format(amount.quantize(Decimal("0.01")), 2, force_grouping=True)
    return pgettext("euros", "€%(amount)s") % {"amount": cents}
