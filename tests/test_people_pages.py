"""The people list in the browser, and the names that pages and notices show by it."""

import datetime as dt
import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts import people
from rooms.accounts.models import Account, Person, User
from rooms.conferences import presence
from rooms.models import Room
from rooms.notices import presence as presence_notices
from rooms.notices.models import Notice

LIST, MAKE, IMPORT = reverse("people:list"), reverse("people:make"), reverse("people:import")
ANA = {"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+34600123456"}
FIELDS = {"name": "", "email": "", "phone": "", "language": "", "time_zone": ""}


@pytest.fixture
def ana(account: Account) -> Person:
    return people.make(account, **ANA)


def _text(response: Any) -> str:
    assert response.status_code == 200, response
    return html.unescape(response.content.decode())


def _of(person: Person, *names: str) -> list[str]:
    return [reverse(f"people:{name}", args=[person.pk]) for name in names]


def test_members_see_everything_and_nobody_else_does(
    ana: Person, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    edit, remove = _of(ana, "edit", "remove")
    export = reverse("people:export", args=["csv"])
    for url in (LIST, MAKE, IMPORT, edit, remove, export):
        assert alice_client.get(url).status_code == bob_client.get(url).status_code == 200, url
        assert client.get(url)["Location"].startswith(reverse("account_login")), url
    assert "Whom do you call with?" in _text(charlie_client.get(LIST))
    assert b"ana@" not in b"".join(charlie_client.get(export).streaming_content)
    for url in (edit, remove):
        assert charlie_client.get(url).status_code == charlie_client.post(url).status_code == 404
        assert client.post(url, FIELDS).status_code == 302
    assert alice_client.get(reverse("people:export", args=["exe"])).status_code == 404
    assert Person.objects.get() == ana


def test_lists_mask_numbers_and_the_form_shows_them(ana: Person, bob_client: Client) -> None:
    shown = _text(bob_client.get(LIST))
    assert "+34 ••• •• •• 56" in shown
    assert "123" not in shown.partition("<main")[2]
    assert 'value="+34 600 12 34 56"' in _text(bob_client.get(*_of(ana, "edit")))
    ana.name = ana.email = ""
    ana.save()
    assert "600" not in _text(bob_client.get(LIST)).partition("<main")[2]
    assert "600" not in _text(bob_client.get(*_of(ana, "remove"))).partition("<main")[2]


def test_a_person_is_added_changed_and_removed(account: Account, bob_client: Client) -> None:
    typed = {**FIELDS, "email": "Eva@Example.com", "phone": "+7 (916) 123-45-67"}
    bob_client.post(MAKE, {**typed, "language": "ru", "time_zone": "Europe/Moscow"})
    eva = Person.objects.get(account=account)
    assert (eva.email, eva.phone, eva.language) == ("eva@example.com", "+79161234567", "ru")
    edit, remove = _of(eva, "edit", "remove")
    bob_client.post(edit, {**FIELDS, "name": "Ёва", "phone": "+79161234567"})
    eva.refresh_from_db()
    assert (eva.name, eva.email, eva.time_zone) == ("Ёва", "", "")
    assert "number again" in _text(bob_client.get(remove))
    assert Person.objects.exists()
    bob_client.post(remove)
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({}, "name", "Give a name, an e-mail or a phone"),
        ({"email": "ana@"}, "email", "valid email"),
        ({"phone": "600 123 456"}, "phone", "country code"),
        ({"phone": "+34 600 123 456"}, "phone", "Ana Ruiz has this phone"),
        ({"email": "ANA@example.com"}, "email", "Ana Ruiz has this e-mail"),
        ({"name": "x" * 101}, "name", "100 characters"),
        ({"name": "A\x00"}, "name", "Null"),
        ({"name": "Ana", "time_zone": "Mars/Base"}, "time_zone", "Choose a time zone"),
        ({"name": "Ana", "language": "xx"}, "language", "valid choice"),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field(
    ana: Person, bob_client: Client, typed: dict[str, str], field: str, told: str
) -> None:
    other = people.make(ana.account, name="Other")
    for url in (MAKE, *_of(other, "edit")):
        page = _text(bob_client.post(url, {**FIELDS, **typed}))
        beside = page.partition(f'id="id_{field}_error"')[2].partition("</ul>")[0]
        assert told in beside, url
    other.refresh_from_db()
    assert (other.name, Person.objects.count()) == ("Other", 2)


def test_an_address_and_a_number_are_one_persons_in_an_account(ana: Person, charlie: User) -> None:
    people.make(charlie.accounts.get(), **ANA)
    people.make(ana.account, name="Nobody")
    for twice in ({"email": "ana@example.com"}, {"phone": ana.phone}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(account=ana.account, **twice)
    people.change(ana, name="Ana R.")
    assert Person.objects.get(pk=ana.pk).sort_key == "ana r."


def test_people_are_found_by_name_address_and_number(
    account: Account, bob_client: Client, django_assert_max_num_queries: Any
) -> None:
    Person.objects.bulk_create(
        Person(account=account, name=f"Person {n:03}", email=f"p{n}@example.com").tidy()
        for n in range(120)
    )
    people.make(account, name="Ёлкин Пётр", email="petr@example.com", phone="+79161234567")
    people.make(account, name="José Núñez", phone="+34600123456")
    people.make(account, phone="+33612345678")
    with django_assert_max_num_queries(8):
        first = _text(bob_client.get(LIST))
    assert "Page 1 of 3" in first
    assert "123 people" in first
    assert first.index("José Núñez") < first.index("Person 000"), "sorted by name"
    assert "Person 119" in _text(bob_client.get(LIST, {"page": 3}))
    for sought, found in {
        "ёлкин": "Ёлкин Пётр",
        "ПЕТР": "Ёлкин Пётр",
        "Petr@Example": "Ёлкин Пётр",
        "+7 916 123-45": "Ёлкин Пётр",
        "nunez": "José Núñez",
        "(600) 123-456": "José Núñez",
        "06 12 34 56 78": "+33 • •• •• •• 78",
        "person 117": "Person 117",
    }.items():
        page = _text(bob_client.get(LIST, {"q": sought}))
        assert "1 person found" in page, sought
        assert found in page, sought
    for sought in ("zzz", "%", "_", "'", "\0zzz", "99999", "\\", "(", "😀"):
        assert "Nobody found" in _text(bob_client.get(LIST, {"q": sought})), sought


def test_an_import_says_what_became_of_each_line(ana: Person, bob_client: Client) -> None:
    text = (
        "Имя;Почта;Телефон;Часовой пояс\r\nИван;ivan@example.com;8 916 123-45-67;Луна\r\n"
        "Аня;ana@example.com;;\r\nЯн;yan@;;\r\nВаня;IVAN@example.com;;\r\n"
    )
    file = SimpleUploadedFile("people.csv", text.encode("cp1251"))
    page = _text(bob_client.post(IMPORT, {"file": file, "country": "RU"}))
    for told in (
        "1 person was added",
        "2 were there already",
        "1 could not be taken",
        "“yan@” is not an e-mail address",
        f'<a href="{_of(ana, "edit")[0]}">Ana Ruiz</a>',
        "Иван, in line 2",
        "“Луна” is not known",
    ):
        assert told in page, told
    file.seek(0)
    page = _text(bob_client.post(IMPORT, {"file": file, "country": "RU", "update": "on"}))
    assert "0 people were added" in page
    assert "1 person was updated" in page
    ana.refresh_from_db()
    assert (ana.name, ana.phone) == ("Аня", ANA["phone"])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "not a text file"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        (b"Name\r\n" + b"A\r\n" * 5001, "more than 5000 people"),
        (b"Name,Phone\r\n" + b"\x00", "not a text file"),
        (b"just a text\nof two lines", "first line has to name the columns"),
        (b'Name,E-mail,Notes\nAna,a@x.com,ok\nBob,b@x.com,"open\nEva,e@x.com,\n', "Line 3"),
        (None, "This field is required"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_beside_the_field(
    account: Account, bob_client: Client, data: bytes | None, told: str
) -> None:
    file = {} if data is None else {"file": SimpleUploadedFile("f.csv", data)}
    page = _text(bob_client.post(IMPORT, file))
    assert told in page.partition('id="id_file_error"')[2].partition("</ul>")[0]
    assert not Person.objects.exists()


def test_known_callers_have_a_name_on_the_rooms_page_and_in_notices(
    ana: Person,
    room: Room,
    bob: User,
    bob_client: Client,
    charlie: User,
    django_assert_num_queries: Any,
) -> None:
    people.make(charlie.accounts.get(), name="Somebody else's", phone="+447700900123")
    at = timezone.now()
    with transaction.atomic():
        for call, caller in {"1": ana.phone, "2": "+447700900123", "3": ""}.items():
            presence.join(call=call, caller=caller, at=at, room_id=room.pk)
    page = _text(bob_client.get(reverse("conferences:live", args=[room.pk])))
    assert page.count("Ana Ruiz") >= 3, "in the list, the picture and the table"
    assert "+34 ••• •• •• 56" in page
    assert "Somebody" not in page
    presence_notices.collect(at + dt.timedelta(minutes=1))
    text = Notice.objects.get(recipient=bob).text
    assert "Ana Ruiz (+34 ••• •• •• 56) joined" in text
    assert "+44 •••• ••••23 joined" in text
    with django_assert_num_queries(1):
        names = people.names(room.account_id, [ana.phone, "", "+447700900123", ana.phone])
    assert names == {ana.phone: "Ana Ruiz"}
    with django_assert_num_queries(0):
        assert people.names(room.account_id, ["", ""]) == {}
