"""How minutes are written."""

from django import template
from django.utils import formats
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def in_minutes(seconds: int) -> str:
    """Whole minutes, as "1,234"; "<1" where somebody called for less than one."""
    if 0 < seconds < 60:
        return "<1"
    return formats.number_format(seconds // 60, force_grouping=True)


@register.filter
def many_minutes(minutes: int) -> str:
    """As "1,234 minutes"."""
    words = ngettext("%(n)s minute", "%(n)s minutes", minutes)
    return words % {"n": formats.number_format(minutes, force_grouping=True)}
