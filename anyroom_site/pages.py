"""Pages that belong to the whole site: the landing page and the choice of language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import i18n
from django.views.decorators.http import require_POST, require_safe

from rooms.accounts.access import public


@public
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "landing.html")


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own switch sets a cookie; a member's choice is kept with the user as well."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return i18n.set_language(request)
