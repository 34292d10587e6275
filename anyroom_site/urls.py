"""Every address of the site; `/telephony/` webhooks are served without middleware (wsgi.py)."""

from allauth.account.decorators import secure_admin_login
from allauth.account.views import password_reset_from_key
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from anyroom_site import health, pages
from anyroom_site.api.docs import Unknown
from rooms.accounts import own_views
from rooms.accounts.access import public
from rooms.notices import mailbox_views, unsubscribe_views

# The operator logs in as everybody does, with the second factor where one is set up.

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.landing, name="landing"),
    path("language/", pages.set_language, name="set_language"),
    path("", include("rooms.urls")),
    path("i/", include("rooms.meetings.join_urls")),
    path("meetings/times/", include("rooms.meetings.report_urls")),
    path("", include("rooms.meetings.call_urls")),
    path("rooms/", include("rooms.conferences.urls")),
    path("", include("rooms.conferences.history_urls")),
    path("sounds/", include("rooms.conferences.sound_urls")),
    path("usage/", include("rooms.conferences.usage_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    # As allauth's own, whose pattern knows no ids with an underscore.
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>us_[0-9a-z]{26})-(?P<key>.+)/$",
        password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/", include("allauth.urls")),
    path("account/webhooks/", include("rooms.notices.hooks.urls")),
    path("account/erasures/", include("rooms.accounts.erasure_urls")),
    path("account/", include("rooms.accounts.urls")),
    path("invitations/<str:token>/", own_views.invitation, name="invitation"),
    path("people/blocked/guesses/", include("telephony.guess_urls")),
    path("people/blocked/", include("rooms.accounts.blocked_urls")),
    path("people/", include("rooms.accounts.people_urls")),
    path("meetings/", include("rooms.meetings.urls")),
    path("feeds/", include("rooms.meetings.feed_urls")),
    path("notices/", include("rooms.notices.urls")),
    path("u/<str:token>/", unsubscribe_views.page, name="unsubscribe"),
    path("mailbox/", mailbox_views.letters, name="mailbox"),
    path("mailbox/<str:name>/", mailbox_views.letter, name="mailbox_message"),
    path("mailbox/<str:name>/html/", mailbox_views.letter_html, name="mailbox_html"),
    path("mailbox/<str:name>/<int:number>/", mailbox_views.attachment, name="mailbox_attachment"),
    path("billing/", include("billing.urls")),
    *(
        [path("billing/sandbox/", include("billing.sandbox.urls"))]
        if settings.BILLING_SANDBOX
        else []
    ),
    path("", include("telephony.page_urls")),
    path("telephony/", include("telephony.urls")),
    path("api/v1/", include("anyroom_site.api.urls", namespace="api")),
    re_path("^api(?:/|$)", public(Unknown.as_view())),
]

handler400 = "anyroom_site.api.faults.bad_request"
handler500 = "anyroom_site.api.faults.server_error"
