"""A service that has grown, for tests of speed: one account owns nine tenths of a million calls.

Rows are made by PostgreSQL itself, in seconds; ids count up as ULIDs do.
"""

from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Model

from rooms.accounts.models import Account, Person
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.models import Room
from telephony.models import Call

ROOMS, CONFERENCES, CALLS, PEOPLE = 10_000, 100_000, 1_000_000, 5_000
OTHERS = 100  # accounts that share what the big one does not own
STEP = CALLS // CONFERENCES
# One conference every five minutes, of ten people; the last of them began an hour ago.
_BEGAN = "now() - interval '1 hour' - (%s) * interval '5 minutes'"


def grow(account: Account) -> None:
    """Give `account` nine of ten rooms, with all that took place in them."""
    others = Account.objects.bulk_create(Account(name=f"Other {n}") for n in range(OTHERS))
    ids = ", ".join(f"'{other.pk}'" for other in others)
    other = f"(ARRAY[{ids}])[{{0}} / 10 % {OTHERS} + 1]"
    owner = f"CASE WHEN {{0}} % 10 > 0 THEN '{account.pk}' ELSE {other} END"
    # Rooms are numbered so that each tenth is another's; conferences go round them.
    _insert(
        Room,
        ROOMS,
        id=_id("rm"),
        account_id=owner.format("n"),
        name="'Room ' || n",
        access_code="(1000000 + n)::text",
        public_token="'token' || n",
        created_at="now() - n * interval '1 minute'",
    )
    began = _BEGAN % f"{CONFERENCES} - n"
    _insert(
        Conference,
        CONFERENCES,
        id=_id("cf"),
        account_id=owner.format(f"(n % {ROOMS})"),
        room_id=_id("rm", f"n % {ROOMS}"),
        started_at=began,
        ended_at=f"{began} + interval '40 minutes'",
    )
    _insert(
        Call,
        CALLS,
        uuid="lpad(n::text, 32, '0')",
        status="'completed'",
        caller=_CALLER,
        dialled="'+15550100'",
        room_id=_id("rm", f"n / {STEP} % {ROOMS}"),
        account_id=owner.format(f"(n / {STEP} % {ROOMS})"),
        steps="""'{"1": {"said": "enter", "digits": "", "ncco": []}}'::jsonb""",
        created_at=_BEGAN % f"{CONFERENCES} - n / {STEP}",
        ended_at=f"{_BEGAN % f'{CONFERENCES} - n / {STEP}'} + interval '30 minutes'",
    )
    _insert(
        Participant,
        CALLS,
        id=_id("pt"),
        conference_id=_id("cf", f"n / {STEP}"),
        room_id=_id("rm", f"n / {STEP} % {ROOMS}"),
        call="lpad(n::text, 32, '0')",
        caller=_CALLER,
        name="CASE WHEN n % 5 = 0 THEN 'Ana ' || n % 5000 ELSE '' END",
        joined_at=f"{_BEGAN % f'{CONFERENCES} - n / {STEP}'} + n % {STEP} * interval '1 minute'",
        left_at=f"{_BEGAN % f'{CONFERENCES} - n / {STEP}'} + interval '30 minutes'",
        left_why="'hung_up'",
        join_told="TRUE",
        leave_told="TRUE",
    )
    _insert(
        UsageRecord,
        CALLS,
        participant_id=_id("pt"),
        account_id=owner.format(f"(n / {STEP} % {ROOMS})"),
        room_id=_id("rm", f"n / {STEP} % {ROOMS}"),
        started_at=_BEGAN % f"{CONFERENCES} - n / {STEP}",
        ended_at=f"{_BEGAN % f'{CONFERENCES} - n / {STEP}'} + interval '30 minutes'",
        seconds="1800",
        carrier_cost="0.01",
    )
    _insert(
        Person,
        PEOPLE,
        id=_id("pe"),
        account_id=f"'{account.pk}'",
        name="'Berta ' || n",
        email="'berta' || n || '@example.com'",
        phone=_CALLER.replace("(n ", "(n * 40 "),
        created_at="now()",
    )
    _analyze(Account, Room, Conference, Participant, Call, UsageRecord, Person)


# Two hundred thousand numbers, each of which called five times.
_CALLER = "'+3460' || lpad((n % 200000)::text, 7, '0')"


def gather(conference: Conference, people: int) -> None:
    """That many more stays in a conference."""
    _insert(
        Participant,
        people,
        id=f"'pt_' || right('{conference.pk}', 20) || lpad(n::text, 6, '0')",
        conference_id=f"'{conference.pk}'",
        room_id=f"'{conference.room_id}'",
        call=f"'{conference.pk}' || n",
        caller=_CALLER,
        joined_at=f"'{conference.started_at}'::timestamptz + n * interval '1 second'",
        left_at=f"'{conference.started_at}'::timestamptz + (600 + n) * interval '1 second'",
    )


def _id(prefix: str, number: str = "n") -> str:
    return f"'{prefix}_' || lpad(({number})::text, 26, '0')"


def _insert(model: type[Model], rows: int, **given: str) -> None:
    """Insert `rows` rows; `given` are SQL of the row's number `n`, other columns are as ever."""
    fixed: dict[str, Any] = {
        str(field.column): field.get_default()
        for field in model._meta.concrete_fields
        if field.column not in given
        and not field.null
        and field.db_default is NOT_PROVIDED
        and not field.primary_key
    }
    columns = ", ".join([*given, *fixed])
    values = ", ".join([*given.values(), *["%s"] * len(fixed)])
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        chosen = f"SELECT {values} FROM generate_series(0, {rows - 1}) AS n"  # noqa: S608 - ours
        statement = f"INSERT INTO {table} ({columns}) {chosen}"
        cursor.execute(statement.replace(" % ", " %% "), list(fixed.values()))


def _analyze(*models: type[Model]) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
