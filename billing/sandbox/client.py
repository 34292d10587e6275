"""Stands where the network would be: the SDK's requests are answered from the database."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.datastructures import CaseInsensitiveMapping
from stripe import HTTPClient

from billing.sandbox import api
from billing.sandbox.apps import refuse_in_production
from billing.sandbox.models import IdempotentAnswer, new_id
from billing.sandbox.wire import API_VERSION, Json, Refused, decode

Answer = tuple[str, int, Mapping[str, str]]


class SandboxHTTPClient(HTTPClient):
    """For `StripeClient(…, http_client=SandboxHTTPClient())`."""

    name = "sandbox"

    def __init__(self) -> None:
        refuse_in_production()
        super().__init__()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Answer:
        address = urlsplit(url)
        sent = CaseInsensitiveMapping(dict(headers or {}))
        text = address.query if post_data is None else str(post_data)
        try:
            _check(sent)
            return _answer(200, _once(method, address.path, text, sent.get("Idempotency-Key")))
        except Refused as refused:
            return _answer(refused.status, refused.body)

    def close(self) -> None:
        """There is no connection."""


def _check(headers: Mapping[str, str]) -> None:
    if not api.right_key(headers.get("Authorization", "")):
        raise Refused("Invalid API Key provided.", status=401)
    if headers.get("Stripe-Version") != API_VERSION:
        raise Refused(f"The sandbox speaks {API_VERSION} alone.")


@transaction.atomic
def _once(method: str, path: str, text: str, key: str | None) -> Json:
    """The answer that this key got before, or a new one. What is refused is not remembered."""
    if method != "post" or not key:
        return api.answer(method, path, decode(text))
    request = f"{path}?{text}"
    row, is_new = IdempotentAnswer.objects.get_or_create(key=key, defaults={"request": request})
    if row.request != request:
        raise Refused(
            f"Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            f"different request.",
            kind="idempotency_error",
        )
    if is_new:
        row.answer = api.answer(method, path, decode(text))
        row.save(update_fields=["answer"])
    return row.answer or {}


def _answer(status: int, body: Json) -> Answer:
    headers = {"Request-Id": new_id("req"), "Content-Type": "application/json"}
    return json.dumps(body), status, CaseInsensitiveMapping(headers)
