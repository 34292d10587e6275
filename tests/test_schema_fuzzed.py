"""Whatever is sent to the API, it answers as its description says, and never with a fault of ours.

Schemathesis makes the requests from the description: what fits it, what just misses it, and each
bound. They are sent by everybody who may come: a key of each scope, one of all, none, a login.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from anyroom_site.api import docs
from anyroom_site.wsgi import application
from rooms.accounts.models import Account, ApiKey, Scope, User
from rooms.rest.rate_limit import RateLimit
from tests.test_api_schema import _everything_of, kind
from tests.wsgi_site import one_connection

SOAK = os.environ.get("ANYROOM_EXAMPLES") == "soak"
EXAMPLES = int(os.environ.get("ANYROOM_FUZZED", "60" if SOAK else "2"))  # an operation and mode
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
# These reach the payment service, and a phone.
BEYOND = re.compile("/(billing/(checkout|portal)|me/phone)/$")
# What a field or a parameter with this name holds the id of.
NAMED_IN = {
    "room": "rooms",
    "meeting": "meetings",
    "occurrence": "occurrences",
    "invitee": "invitees",
    "person": "people",
    "sound": "sounds",
    "conference": "conferences",
}


@dataclass(frozen=True)
class Sender:
    headers: dict[str, str]
    cookies: dict[str, str]


@pytest.fixture
def senders(account: Account, alice: User) -> list[Sender]:
    """Those who may do much come more often."""
    browser = Client()
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    token = "a" * 32
    cookies = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": token}
    login = Sender({"X-CSRFToken": token}, cookies)
    keys = [[scope] for scope in Scope.values] + [Scope.values] * 5
    secrets = [ApiKey.make(account, name="K", scopes=one, made_by=alice)[1] for one in keys]
    by_key = [Sender({"Authorization": f"Bearer {secret}"}, {}) for secret in secrets]
    return [Sender({}, {}), *[login] * 5, *by_key]


@pytest.mark.property
@pytest.mark.timeout(3600)
def test_the_api_answers_as_it_is_described(
    account: Account, alice: User, senders: list[Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RateLimit, "rate", "1000000/min", raising=False)
    ids = _everything_of(account, alice)
    chance = random.Random(None if SOAK else 1)
    failed: dict[tuple[str, str], str] = {}
    answered: Counter[int] = Counter()

    def ask(case: Any) -> None:
        if chance.random() < 0.75:
            _name_real_things(case, ids)
        sender = chance.choice(senders)
        with one_connection(), transaction.atomic():
            response = case.call(headers=sender.headers, cookies=sender.cookies)
            transaction.set_rollback(True)
        answered[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS, headers=sender.headers)
        except FailureGroup as found:
            for one in found.exceptions:
                about = re.search("Invalid component:.*", str(one), re.DOTALL)
                kind_of = f"{one.title} {about and about[0][:200]}"
                name = (case.operation.label, kind_of)
                if name not in failed:
                    failed[name] = _told(case, response, one)
                    print(*name)  # a long run tells at once

    for operation in _operations():
        _send_all(operation, ask)
    print(f"\n{answered.total()} requests: {sorted(answered.items())}")
    assert answered.total() > 200
    assert answered[200] > 50
    told = [f"{label}: {title}\n{text}" for (label, title), text in sorted(failed.items())]
    assert not failed, "\n\n".join(told)


def _operations() -> Iterator[Any]:
    config = SchemathesisConfig.from_dict(
        {
            "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
            "generation": {"with-security-parameters": False},
        }
    )
    schema = schemathesis.openapi.from_dict(docs._schema("en"), config=config)
    schema.app = application
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if not BEYOND.search(operation.path):
            yield operation


def _send_all(operation: Any, ask: Callable[[Any], None]) -> None:
    """What fits the description, what does not, and on a long run each bound of it."""
    if SOAK:
        generation = operation.schema.config.generation_for(operation=operation)
        for case in operation.schema.iter_coverage_cases(
            operation, generation_modes=MODES, generation_config=generation
        ):
            ask(case)
    for mode in MODES:
        cases = operation.as_strategy(generation_mode=mode)
        _many(cases, ask, operation)


def _many(cases: Any, ask: Callable[[Any], None], operation: Any) -> None:
    given_case = given(case=cases)(lambda case: ask(case))
    chosen = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with suppress(Unsatisfiable):  # nothing can be wrong with a request that has nothing in it
        (chosen(given_case) if SOAK else seed(1)(chosen(given_case)))()


def _name_real_things(case: Any, ids: dict[str, str]) -> None:
    """Ids of things that are there, in the address and in the body."""
    if case.meta.generation.mode.is_negative:
        return  # what is wrong with it must stay
    thing = kind(case.operation.path)
    if "id" in (case.path_parameters or {}) and thing in ids:
        case.path_parameters["id"] = ids[thing]
    for part in (case.query, case.body):
        if isinstance(part, dict):
            for name in part.keys() & NAMED_IN.keys():
                if isinstance(part[name], str):
                    part[name] = ids[NAMED_IN[name]]


def _told(case: Any, response: Any, failure: Any) -> str:
    request = f"{case.as_curl_command()}\n{response.status_code} {response.text[:400]}"
    return f"{str(failure)[:600]}\n{request[:1500]}"
