"""The page behind the unsubscribe address of an e-mail; its token is the key to it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rooms.accounts.access import public
from rooms.notices import unsubscribe

FIELD, VALUE = "List-Unsubscribe", "One-Click"


@public
@csrf_exempt  # mail programs post here, and know nothing but the address
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks once, and turns off what the address is for when it is posted to (RFC 8058)."""
    offer = unsubscribe.read(token)
    if offer is None:
        raise Http404
    with translation.override(offer.language):
        done = False
        if request.method == "POST":
            if request.POST.get(FIELD) != VALUE:
                return HttpResponseBadRequest(_("Post List-Unsubscribe=One-Click."))
            offer.turn_off()
            done = True
        context = {"offer": offer, "off": done or not offer.is_on, "field": FIELD, "value": VALUE}
        response = render(request, "notices/unsubscribe.html", context)
    response["Content-Language"] = offer.language
    # The address is a secret: no search engine, cache or other site shall learn it.
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    add_never_cache_headers(response)
    return response
