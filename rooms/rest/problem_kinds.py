"""The kinds of problems that the API tells of. Their slugs are a promise: clients compare them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """`title` says what happened, `remedy` what to do about it; `slug` ends the `type` URI."""

    slug: str
    status: int
    title: Promise
    remedy: Promise


KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "validation",
            400,
            _("The request holds something that cannot be accepted."),
            _("Mend each field that “errors” names and send the request again."),
        ),
        Kind(
            "malformed",
            400,
            _("The request's body is not JSON."),
            _("Send one JSON object in UTF-8."),
        ),
        Kind(
            "bad-request",
            400,
            _("The request cannot be understood."),
            _("Check the address and the headers, Host among them."),
        ),
        Kind(
            "unauthenticated",
            401,
            _("The request does not say who asks."),
            _("Send a key in the header: “Authorization: Bearer ark_…”."),
        ),
        Kind(
            "invalid-key",
            401,
            _("There is no such key."),
            _("Check the key for missing characters, or make a new one on the account's page."),
        ),
        Kind(
            "key-expired",
            401,
            _("The key has expired."),
            _("Make a new key on the account's page and use it instead."),
        ),
        Kind(
            "key-revoked",
            401,
            _("The key was revoked."),
            _("Make a new key on the account's page and use it instead."),
        ),
        Kind(
            "missing-scope",
            403,
            _("The key or the role does not reach that far."),
            _("Use a key that has the scope named in the answer, or ask an admin of the account."),
        ),
        Kind(
            "session-required",
            403,
            _("A key cannot do this, because it belongs to no person."),
            _("Log in on the site and do it there."),
        ),
        Kind(
            "csrf",
            403,
            _("The request may come from another site."),
            _("Send the value of the CSRF cookie in the header X-CSRFToken, or use a key."),
        ),
        Kind(
            "no-account",
            403,
            _("You are not a member of any account."),
            _("Log in on the site and start an account, or accept an invitation."),
        ),
        Kind(
            "not-allowed",
            403,
            _("This is not allowed to you."),
            _("Ask an owner of the account."),
        ),
        Kind(
            "not-found",
            404,
            _("There is no such thing here."),
            _("Check the address and the ids in it; things of other accounts are not found."),
        ),
        Kind(
            "method-not-allowed",
            405,
            _("This address does not take that method."),
            _("Use one of the methods in the header Allow."),
        ),
        Kind(
            "conflict",
            409,
            _("This does not fit the state that the thing is in."),
            _("Read the thing again and decide anew."),
        ),
        Kind(
            "member-exists",
            409,
            _("The address belongs to a member already."),
            _("Change the member's role instead of inviting them."),
        ),
        Kind(
            "last-owner",
            409,
            _("The account would be left without an owner."),
            _("Make somebody else an owner first."),
        ),
        Kind(
            "idempotency-key-reused",
            409,
            _("The Idempotency-Key was used for another request."),
            _("Use a fresh key for each thing you want done, and the same key only to repeat it."),
        ),
        Kind(
            "request-in-progress",
            409,
            _("The same request is still being carried out."),
            _("Wait for as long as Retry-After says and send it again with the same key."),
        ),
        Kind(
            "too-large",
            413,
            _("The request's body is too large."),
            _("Send less at once."),
        ),
        Kind(
            "unsupported-media-type",
            415,
            _("The request's body is of a type that is not read here."),
            _("Send JSON with the header “Content-Type: application/json”."),
        ),
        Kind(
            "rate-limited",
            429,
            _("Too many requests."),
            _("Wait for as long as Retry-After says; the header RateLimit tells what is left."),
        ),
        Kind(
            "internal",
            500,
            _("Something went wrong on our side."),
            _("Send the request again later, with the same Idempotency-Key if it had one."),
        ),
        Kind(
            "mail-failed",
            503,
            _("It was done, but its e-mail could not be sent."),
            _("Send the request again in a few minutes."),
        ),
        Kind(
            "payment-service",
            503,
            _("The payment service does not answer."),
            _("Send the request again in a few minutes, with the same Idempotency-Key."),
        ),
    )
}
