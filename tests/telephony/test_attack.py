"""Somebody tries codes by the thousand, through the webhooks: the budgets hold, and others call on.

The attacker knows how codes are made, and dials on from a number whose tries are used up.
"""

import datetime as dt
import io
import itertools
import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db.models import Count
from django.db.models.functions import Length

from anyroom_site import wsgi
from rooms import access_codes, changes
from rooms.accounts.models import Account, User
from rooms.conferences.models import Participant
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from telephony import guess_news, guessing
from telephony.models import WrongCode
from tests.at_once import at_once
from tests.telephony import vonage
from tests.telephony.vonage import Phone

START = dt.datetime(2026, 11, 22, 10, 5, tzinfo=dt.UTC)
HIDDEN = "anonymous"
AT_ONCE = 4  # calls


class Caller(Phone):
    """A phone whose webhooks go to the bare handler, as granian calls it: much quicker."""

    def dial(self) -> "Caller":
        return self._posted("/telephony/answer", {**self.facts, "endpoint_type": "phone"})

    def key(self, digits: str, *, timed_out: bool = False, url: str = "") -> "Caller":
        dtmf = {"digits": digits, "timed_out": timed_out}
        return self._posted(url or self.input_path, {**self.facts, "dtmf": dtmf})

    def _posted(self, path: str, payload: dict[str, Any]) -> "Caller":
        raw = json.dumps(payload).encode()
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "HTTP_AUTHORIZATION": f"Bearer {vonage.token(raw)}",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(raw),
        }
        body = b"".join(wsgi.application(environ, lambda status, *_more: told.append(status)))
        assert told[0].startswith("200"), (told, body)
        self.ncco = json.loads(body)
        return self


@pytest.fixture
def siege(transactional_db: None, number: PhoneNumber, alice: User, account: Account) -> "Siege":
    """Alice has the first room, and runs the service, too."""
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    return Siege(account)


def chance_of_a_hit() -> float:
    """Of one guess, by the best that the attacker can do: the length with most rooms to its codes.

    9 ** n codes of n digits keep the rules.
    """
    by_length = Room.objects.annotate(digits=Length("access_code")).values_list("digits")
    rows = by_length.annotate(rooms=Count("pk")).order_by()
    return max(rooms / 9**digits for digits, rooms in rows)


def guesses(count: int, numbers: int, hidden: int) -> Iterator[tuple[str, str]]:
    """Numbers and the codes that they key: round and round, every so many times a hidden one."""
    drawn = random.Random(7)
    shown = itertools.cycle(f"1555{number:07}" for number in range(numbers))
    for guess in range(count):
        digits = [drawn.choice("123456789")]
        while len(digits) < access_codes.SHORTEST:
            digits.append(drawn.choice([one for one in "0123456789" if one != digits[-1]]))
        yield HIDDEN if guess % hidden == 0 else next(shown), "".join(digits)


class Siege:
    """All guesses within an hour; callers with a number of their own and the sweeps in between."""

    WAVES = 5
    EVERY = dt.timedelta(minutes=10)

    def __init__(self, account: Account) -> None:
        self.account = account

    def build(self, rooms: int) -> None:
        """The rooms of fifty accounts."""
        others = [Account.objects.create(name=f"Account {n}") for n in range(49)]
        owners = itertools.cycle([self.account, *others])
        made = [changes.make(next(owners), name=f"Room {n}") for n in range(rooms)]
        self.own, self.code = made[0], made[0].access_code or ""

    def run(self, count: int, numbers: int, hidden: int) -> None:
        plan = guesses(count, numbers, hidden)
        for wave in range(self.WAVES):
            at = START + wave * self.EVERY
            with time_machine.travel(at, tick=False):
                part = list(itertools.islice(plan, count // self.WAVES))
                at_once(*[partial(_guess, part[first::AT_ONCE]) for first in range(AT_ONCE)])
                self._almost(wave)
                self._let_in(wave)
                while guess_news.sweep(at):
                    pass
                guess_news.sweep(at)
        assert next(plan, None) is None

    def _almost(self, wave: int) -> None:
        """Two numbers more try what is nearly the code of Alice's room."""
        near = sorted(guess_news.variations(self.code))
        for number in range(2):
            Caller(f"44770090{number}{wave:03}").dial().key(near[number])

    def _let_in(self, wave: int) -> None:
        clean = Caller(f"34600{wave:06}").dial().key(self.code)
        assert clean.conversation_name == self.own.pk


def _guess(plan: list[tuple[str, str]]) -> None:
    for caller, digits in plan:
        Caller(caller).dial().key(digits)


def check(siege: Siege, numbers: int, log: str) -> None:
    """Afterwards: what was tried, what it could have hit, and who was told."""
    assert "Redis is lost" not in log, "the machine was too slow for this test"
    hits = Participant.objects.exclude(caller__startswith="+346").count()
    wrong = WrongCode.objects.exclude(caller__startswith="+44")
    tried = wrong.count() + hits
    most = guessing.MOST_OF_A_NUMBER * numbers + guessing.MOST_OF_HIDDEN
    assert most <= tried <= most + hits, "no more than the budgets, which were used up"
    assert tried * chance_of_a_hit() < 0.1
    assert wrong.filter(caller="").count() <= guessing.MOST_OF_HIDDEN
    shown = wrong.exclude(caller="").values("caller").annotate(times=Count("pk"))
    assert max(one["times"] for one in shown) == guessing.MOST_OF_A_NUMBER
    told = Notice.objects.filter(account=siege.account, kind=Notice.Kind.GUESSING)
    assert told.count() == 1
    assert Notice.objects.filter(kind=Notice.Kind.OPERATOR).count() == 1


def test_a_small_siege(siege: Siege, caplog: pytest.LogCaptureFixture) -> None:
    siege.build(100)
    siege.run(500, numbers=20, hidden=5)
    check(siege, 20, caplog.text)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_guesses(siege: Siege, caplog: pytest.LogCaptureFixture) -> None:
    siege.build(1000)
    siege.run(100_000, numbers=1000, hidden=50)
    check(siege, 1000, caplog.text)


# --- What each caller hears -----------------------------------------------------------------


@pytest.fixture
def clock(number: PhoneNumber) -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def is_asked(phone: Phone) -> bool:
    return any(one["action"] == "input" for one in phone.ncco)


def test_a_right_code_does_not_pass_a_spent_budget(room: Room, clock: Any) -> None:
    code = room.access_code or ""
    for _call in range(9):
        assert is_asked(Phone().dial().key("12"))
    refused = Phone().dial()
    assert is_asked(refused), "the prompt tells nothing"
    refused.key(code)
    assert [one["action"] for one in refused.ncco] == ["talk"]
    assert "55 minutes" in refused.heard
    assert not Participant.objects.exists()
    assert Phone("34600123456").dial().key(code).conversation_name == room.pk
    clock.shift(dt.timedelta(minutes=55))
    assert Phone().dial().key(code).conversation_name == room.pk


def test_hidden_callers_share_a_budget_and_are_told_to_show_their_number(
    room: Room, clock: Any
) -> None:
    code = room.access_code or ""
    for _call in range(guessing.MOST_OF_HIDDEN):
        Phone(HIDDEN).dial().key("12")
    refused = Phone(HIDDEN).dial().key(code)
    assert [one["action"] for one in refused.ncco] == ["talk"]
    assert "number" in refused.heard
    assert Phone().dial().key(code).conversation_name == room.pk


def test_a_repeated_delivery_burns_no_try(room: Room, clock: Any) -> None:
    for _call in range(8):
        Phone().dial().key("12")
    last = Phone().dial()
    url = last.input_path
    answers = [last.key("12", url=url).ncco for _repeat in range(5)]
    assert all(answer == answers[0] for answer in answers)
    assert WrongCode.objects.count() == 9
    assert not guessing.take("+15550123", START).open


def test_a_right_code_costs_no_try(room: Room, clock: Any) -> None:
    for _call in range(20):
        assert Phone().dial().key(room.access_code or "").conversation_name
    assert not WrongCode.objects.exists()


def test_in_a_suspicious_time_a_stranger_has_one_try_a_call(room: Room, clock: Any) -> None:
    known = Phone("34600000001").dial().key(room.access_code or "")
    assert known.conversation_name
    for number in range(101):
        Phone(f"1555{number:07}").dial().key("12")
    guessing.forget()
    assert not is_asked(Phone("34600000002").dial().key("12"))
    assert is_asked(Phone("34600000001").dial().key("12"))
    code = room.access_code or ""
    assert Phone("34600000003").dial().key(code).conversation_name == room.pk
