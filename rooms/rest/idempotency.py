"""A POST with an Idempotency-Key is carried out once, however often it is sent.

A row that is unique for sender and key is committed first; whoever inserted it carries the request
out. The effect and the kept answer are committed together, so a crash leaves neither, and the claim
on the row runs out. Whoever finds the row waits a moment for its answer. Where a view is not
`atomic`, a crash between the two leaves the effect, and a repeat has it once more.
"""

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from rooms import sealing
from rooms.accounts.models import IdempotentRequest
from rooms.rest.problem import Problem

HEADER = "Idempotency-Key"
LONGEST = 255
CLAIM = dt.timedelta(seconds=60)
PATIENCE = 2.0  # seconds that a repeat waits for the answer of the first
Handler = Callable[..., HttpResponseBase]


class View(Protocol):
    atomic: bool

    def handle_exception(self, exc: Exception) -> HttpResponseBase: ...


def once(view: View, handler: Handler) -> Handler:
    """`handler`, carried out once for each key; without a key, as often as it is sent."""

    def handle(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if HEADER not in request.headers:
            return handler(request, *args, **kwargs)
        claim = Claim(request)
        kept = claim.take()
        if kept:
            return kept
        response: HttpResponseBase
        try:
            with transaction.atomic() if view.atomic else nullcontext():
                response = _rendered(handler(request, *args, **kwargs))
                claim.keep(response)
        except Exception as error:
            response = view.handle_exception(error)
            if response.status_code >= 500:
                claim.drop()
            else:
                claim.keep(response)
        return response

    return handle


class Claim:
    """One request's hold on the row of its key."""

    def __init__(self, request: Request) -> None:
        name = request.headers[HEADER]
        if not 1 <= len(name) <= LONGEST or not name.isascii() or not name.isprintable():
            text = _("Give 1 to %(longest)d visible ASCII characters.") % {"longest": LONGEST}
            raise Problem(
                "validation", errors=[{"parameter": HEADER, "detail": text, "code": "invalid"}]
            )
        auth: Any = request.auth  # a Caller: strangers were turned away before
        self.owner: str = auth.id
        self.key = _sha256(name.encode()).hex()
        what = f"{request.method} {request.path.rstrip('/')}?{request.META['QUERY_STRING']}\n"
        self.request_hash = _sha256(what.encode() + request._request.body).hex()
        self.cipher = sealing.cipher(self.owner, name)

    def take(self) -> HttpResponse | None:
        """None: the request is now ours to carry out. Else what it was answered before.

        Raises Problem where the key stands for another request, or for one still going on.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            row, ours = self._row()
            if ours:
                return None
            if row.request_hash != self.request_hash:
                raise Problem("idempotency-key-reused")
            if row.status is not None:
                return self._replay(row)
            if time.monotonic() > deadline:
                raise _in_progress()
            time.sleep(0.05)

    def _row(self) -> tuple[IdempotentRequest, bool]:
        """The row of the key, and whether we may carry its request out."""
        now = timezone.now()
        self.until = now + CLAIM
        rows = IdempotentRequest.objects
        row = rows.filter(owner=self.owner, key=self.key).first()
        if row is None:
            rows.filter(created_at__lte=now - IdempotentRequest.LIFETIME).delete()
            return rows.get_or_create(
                owner=self.owner,
                key=self.key,
                defaults={"request_hash": self.request_hash, "claimed_until": self.until},
            )
        if row.created_at <= now - IdempotentRequest.LIFETIME:
            rows.filter(pk=row.pk, created_at=row.created_at).delete()
            return self._row()
        if row.request_hash != self.request_hash or row.status is not None:
            return row, False
        abandoned = rows.filter(pk=row.pk, status=None, claimed_until__lte=now)
        return row, bool(abandoned.update(claimed_until=self.until))

    def keep(self, response: HttpResponseBase) -> None:
        """Keep the answer; call it in the transaction of the effect.

        Raises Problem where this took so long that another request took over: the effect of this
        one is then undone.
        """
        content = response.content if isinstance(response, HttpResponse) else b""
        kept = self._ours().update(
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            body=self.cipher.encrypt(content).decode(),
        )
        if not kept:
            raise _in_progress()

    def drop(self) -> None:
        """What failed on our side is tried again by the next request."""
        self._ours().delete()

    def _ours(self) -> Any:
        return IdempotentRequest.objects.filter(
            owner=self.owner, key=self.key, claimed_until=self.until
        )

    def _replay(self, row: IdempotentRequest) -> HttpResponse:
        return HttpResponse(
            self.cipher.decrypt(row.body),
            status=row.status,
            content_type=row.content_type,
            headers={"Idempotent-Replayed": "true"},
        )


def _in_progress() -> Problem:
    return Problem("request-in-progress", headers={"Retry-After": "1"})


def _rendered(response: Any) -> HttpResponse:
    """The answer as bytes, so that what is kept is exactly what is sent."""
    if not hasattr(response, "data"):
        return response  # type: ignore[no-any-return]
    return HttpResponse(
        JSONRenderer().render(response.data),
        status=response.status_code,
        content_type="application/json",
    )


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
