"""What the webhooks are measured against: a Django view with no middleware that says "ok"."""

from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns: list[Any] = [path("telephony/answer", bare)]

settings.configure(
    SECRET_KEY="bench",  # noqa: S106
    ROOT_URLCONF="bench.bare",
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[],
)
application = get_wsgi_application()
