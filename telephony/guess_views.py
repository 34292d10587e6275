"""From where codes were guessed lately: a part of the page of blocked numbers (telephony's share).

The numbers are masked there, so they are blocked by the guess and never leave the server.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rooms.accounts.access import MemberRequest, member
from rooms.accounts.models import BlockedNumber
from telephony import guess_news

MOST_SHOWN = 50


@member
@never_cache
@require_safe
def lately(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    rows = BlockedNumber.objects.filter(account=account).values_list("number", flat=True)
    numbers = set(rows.order_by())
    found = guess_news.guessers(account, timezone.now())
    context = {
        "guessers": [one for one in found if one.number not in numbers][:MOST_SHOWN],
    }
    return render(request, "telephony/guessers.html", context)


@member
@require_POST
def block(request: MemberRequest, wrong_id: int) -> HttpResponse:
    """Block the number of one near guess at the account's codes."""
    account = request.membership.account
    near = guess_news.near(account, timezone.now()).exclude(wrong__caller="").order_by("pk")
    guess = near.filter(wrong=wrong_id).select_related("wrong").first()
    if guess is None:
        raise Http404
    try:
        row = guess_news.block(account, guess, by=request.membership.user)
        messages.success(request, _("%(number)s is blocked.") % {"number": row})
    except ValidationError as error:
        messages.info(request, " ".join(error.messages))
    return redirect("blocked:numbers")
