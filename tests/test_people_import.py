"""People out of files and into files: what programs write, people break, and attackers make."""

import csv
import io
import random
import time
from contextlib import suppress
from typing import Any

import pytest
import vobject
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rooms.accounts import people, people_csv, people_fields, people_records, people_vcard
from rooms.accounts.models import Account, Person
from rooms.accounts.people_import import take
from tests.at_once import at_once

ANA = ("Ana Ruiz", "ana@example.com", "+34600123456")
IVAN = ("Иван Петров", "ivan@example.com", "+79161234567")

GOOGLE = (
    "Name,Given Name,Family Name,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
    "E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value\n"
    'Ana Ruiz,Ana,Ruiz,"Met in\nMadrid, 2019",* myContacts,* Home,Ana@Example.com,'
    "ruiz@example.com,Mobile,+34 600 123 456 ::: +34 911 234 567\n"
    ",Иван,Петров,,* myContacts,*,ivan@example.com,,Mobile,+7 (916) 123-45-67\n"
)
GOOGLE_NOW = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Organization Name,E-mail 1 - Label,"
    "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
    "Ana,,Ruiz,,Acme,*,ana@example.com,Mobile,600 12 34 56\n"
    "Иван,,Петров,,,,ivan@example.com,,+79161234567\n"
)
OUTLOOK = (
    '"First Name","Middle Name","Last Name","Company","Business Phone","Mobile Phone",'
    '"E-mail Address","E-mail Type","E-mail Display Name"\r\n'
    '"Ana","","Ruiz","Acme","+34 911 234 567","+34 600 123 456","ana@example.com","SMTP","A"\r\n'
    '"Иван","","Петров","","","0079161234567","ivan@example.com","SMTP","I"\r\n'
)
OUTLOOK_RU = (
    "Имя;Отчество;Фамилия;Рабочий телефон;Телефон переносной;Адрес эл. почты\r\n"
    "Ana;;Ruiz;;+34 600 123 456;ana@example.com\r\n"
    "Иван;;Петров;;8 916 123-45-67;ivan@example.com\r\n"
)
SHEET_RU = (
    "ФИО\tЭл. почта\tТелефон\nAna Ruiz\tana@example.com\t+34600123456\n\t\t\n"
    "Иван Петров\tivan@example.com\t+79161234567\n"
)
VCARD_2 = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Ruiz;Ana\r\nFN:Ana Ruiz\r\nTEL;HOME;VOICE:+34 911 234 567\r\n"
    "TEL;CELL:+34 600 123 456\r\nEMAIL;PREF;INTERNET:ana@example.com\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n SkZJRg==\r\n\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9F=D0=B5=D1=82=D1=80=D0=BE=\r\n"
    "=D0=B2;=D0=98=D0=B2=D0=B0=D0=BD;;;\r\nTEL;CELL:89161234567\r\n"
    "EMAIL;INTERNET:ivan@example.com\r\nEND:VCARD\r\n"
)
VCARD_3 = (
    "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//Apple Inc.//iOS 17//EN\nN:Ruiz;Ana;;;\nFN:Ana \n Ruiz\n"
    "item1.EMAIL;type=INTERNET;type=pref:Ana@example.com\nitem1.X-ABLabel:_$!<Other>!$_\n"
    "TEL;type=HOME:+34911234567\nTEL;type=CELL;type=VOICE:+34600123456\nEND:VCARD\n\n"
    "BEGIN:VCARD\nVERSION:3.0\nFN:Friends\nX-ADDRESSBOOKSERVER-KIND:group\nEND:VCARD\n"
    "begin:vcard\nversion:3.0\nfn:Иван Петров\nemail:ivan@example.com\n"
    'tel;type="cell,voice":+7 916 123 45 67\nend:vcard\n'
)
VCARD_4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana Ruiz\r\nEMAIL;PREF=2:other@example.com\r\n"
    'EMAIL;PREF=1:mailto:ana@example.com\r\nTEL;VALUE=uri;TYPE="voice,cell":tel:+34-600-123-456\r\n'
    "TZ:Europe/Madrid\r\nLANG;PREF=1:en\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:individual\r\nFN:Иван Петров\r\nEMAIL:ivan@example.com\r\n"
    "TEL:+79161234567\r\nEND:VCARD\r\n"
)


def _rows(account: Account) -> list[tuple[str, str, str]]:
    found = Person.objects.filter(account=account).order_by("email", "phone", "name")
    return list(found.values_list("name", "email", "phone"))


@pytest.mark.parametrize(
    ("text", "country", "coding"),
    [
        (GOOGLE, "", "utf-8"),
        (GOOGLE_NOW, "ES", "utf-8-sig"),
        (OUTLOOK, "", "utf-16"),
        (OUTLOOK_RU, "RU", "cp1251"),
        (SHEET_RU, "", "utf-16-le"),
        (SHEET_RU.replace("\n", "\r"), "", "mac_cyrillic"),
        ("sep=|\n" + SHEET_RU.replace("\t", "|"), "", "koi8_r"),
        (VCARD_2, "RU", "ascii"),
        (VCARD_3, "", "utf-8"),
        (VCARD_4, "", "utf-8-sig"),
    ],
)
def test_files_of_many_programs_are_read(
    account: Account, text: str, country: str, coding: str
) -> None:
    result = take(account, people_records.decode(text.encode(coding)), country=country)
    assert not result.faulty
    assert (result.added, _rows(account)) == (2, [ANA, IVAN])
    again = take(account, text, country=country)
    assert (again.added, len(again.duplicates), again.updated) == (0, 2, 0)


def test_names_with_accents_survive_old_codings() -> None:
    for coding, name in {
        "cp1252": "José Núñez, Jürgen Groß, Zoë",
        "cp1250": "Łukasz Żółć, Małgorzata Wiśniewska, Jiří Dvořák",
        "cp1251": "Ёжикова Юлия",
        "mac_roman": "François Lefèvre",
    }.items():
        text = f"Name;E-mail\r\n{name};a@example.com\r\n"
        assert people_records.decode(text.encode(coding)) == text, coding


def test_each_line_is_accounted_for(account: Account) -> None:
    people.make(account, name="Ana", email="ana@example.com", phone="+34600123456")
    people.make(account, name="Only a name")
    text = (
        "Name,E-mail,Phone,Language,Time zone\n"
        "New,new@example.com,+34600000001,Английский,Europe/Madrid\n"  # 2
        '"Two\nlines",two@example.com,,ru-RU,Mars\n'  # 3
        "Ana again,ANA@example.com,,,\n"  # 5
        ",,+34 600 123 456,,\n"  # 6
        "Twice,new@example.com,,,\n"  # 7
        ",,,,\n"  # 8, blank
        ",,,ru,\n"  # 9
        "Bad,bad@,,,\n"
        "Bad,,600 123 456,,\n"
        "Bad,,3.46E+10,,\n"
        f"{'x' * 101},x@example.com,,,\n"
        "ONLY A NAME,,,,\n"
        "Second,wrong@ ; ,,,xx\n"
    )
    result = take(account, text)
    assert result.added == 2
    assert [(one.line, one.by, one.of_line, str(one.person)) for one in result.duplicates] == [
        (5, "email", None, "Ana"),
        (6, "phone", None, "Ana"),
        (7, "email", 2, "New"),
        (14, "name", None, "Only a name"),
    ]
    assert [one.line for one in result.faulty] == [9, 10, 11, 12, 13, 15]
    assert "spreadsheet" in result.faulty[3].why
    assert "no country code" in result.faulty[2].why
    assert [(one.line, "Mars" in one.why) for one in result.remarks] == [(3, True)]
    new = Person.objects.get(email="new@example.com")
    assert (new.language, new.time_zone) == ("en", "Europe/Madrid")
    assert Person.objects.get(email="two@example.com").name == "Two lines"
    assert Person.objects.get(name="Ana").email == "ana@example.com", "left as it is"


def test_those_that_are_there_are_updated_only_if_asked(account: Account) -> None:
    ana = people.make(account, name="Ana", email="ana@example.com", language="ru")
    bob = people.make(account, name="Bob", phone="+34600000002", email="bob@example.com")
    text = (
        "Name,E-mail,Phone\nAna Ruiz,ana@example.com,+34600123456\n"
        ",,+34600123456\n"  # the same again, by the number she has had since the line before
        "Bob,bob@example.com,+34600000002\n"  # nothing new
        "Who?,ana@example.com,+34600000002\n"
        "New,new@example.com,\n"
    )
    assert take(account, "\n".join(text.splitlines()[:2])).updated == 0
    ana.refresh_from_db()
    assert (ana.name, ana.phone) == ("Ana", "")
    result = take(account, text, update=True)
    assert (result.added, result.updated) == (1, 1)
    assert [(one.line, one.of_line, one.updated) for one in result.duplicates] == [
        (2, None, True),
        (3, 2, False),
        (4, None, False),
    ]
    [fault] = result.faulty
    assert (fault.line, fault.why) == (
        5,
        "The e-mail is that of Ana Ruiz and the phone that of Bob.",
    )
    ana.refresh_from_db()
    assert (ana.name, ana.phone, ana.language) == ("Ana Ruiz", "+34600123456", "ru")
    assert ana.sort_key == "ana ruiz"
    assert Person.objects.get(pk=bob.pk).name == "Bob"


def test_another_accounts_people_are_nobody(account: Account) -> None:
    other = Account.objects.create(name="Other")
    people.make(other, name="Theirs", email="ana@example.com")
    assert take(account, "Name,E-mail\nAna,ana@example.com\n", update=True).added == 1
    assert _rows(other) == [("Theirs", "ana@example.com", "")]


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_adds_everybody_once() -> None:
    account = Account.objects.create(name="Acme")
    text = "Name,E-mail\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(300))
    results = at_once(*[lambda: take(account, text).added] * 3)
    assert sum(results) == 300  # type: ignore[arg-type]
    assert Person.objects.count() == 300


def _everybody(account: Account) -> list[Person]:
    odd = [
        ("=1+1", "", "", "", ""),
        ("'=x", "", "", "", ""),
        ('@home, "the" one; or\\two', "+tag@example.com", "", "ru", "Asia/Kolkata"),
        ("-5", "-x@example.com", "", "", "UTC"),
        ("Иван 😀", "", "+79161234567", "", ""),
        ("", "only@example.com", "", "en", ""),
        ("", "", "+15550100", "", ""),
        ("", "both@example.com", "+393331234567", "", ""),
        ("Only a name", "", "", "", ""),
        ("O'Brien; Pat, Jr.", "p@почта.рф", "+390612345678", "", ""),
        ("x" * 100, "y@example.com", "+5491123456789", "", ""),
        ("'t Hooft", "", "+4915112345678", "", ""),
        ("＝full", "", "+819012345678", "", ""),
    ]
    return [people.make(account, **dict(zip(people.FIELDS, one, strict=True))) for one in odd]


def _all_fields(account: Account) -> list[Any]:
    return sorted(Person.objects.filter(account=account).values_list(*people.FIELDS))


@pytest.mark.parametrize("form", [people_csv, people_vcard])
def test_what_is_exported_is_imported_again(account: Account, form: Any) -> None:
    kept = _everybody(account)
    text = people_records.decode("".join(form.write(kept)).encode())
    again = take(account, text)
    assert (again.added, again.faulty, again.remarks) == (0, [], [])
    other = Account.objects.create(name="Other")
    assert take(other, text).added == len(kept)
    assert _all_fields(other) == _all_fields(account)


def test_a_spreadsheet_finds_no_formula_in_an_export(account: Account) -> None:
    text = "".join(people_csv.write(_everybody(account)))
    assert text.startswith("\ufeffName,E-mail,Phone,Language,Time zone\r\n")
    _header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    for row in rows:
        for number, cell in enumerate(row):
            if number == 2:  # digits in groups: whatever is made of them, nothing is run
                assert not cell or cell.startswith("+"), cell
                assert set(cell) <= set("+0123456789 -"), cell
            else:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell


def test_an_exported_card_is_one_to_another_reader(account: Account) -> None:
    ana = people.make(account, name="Ruiz; Ana, Dr.", email=ANA[1], phone=ANA[2], language="ru")
    [card] = vobject.readComponents("".join(people_vcard.write([ana])))
    assert (card.fn.value, card.email.value, card.tel.value) == ("Ruiz; Ana, Dr.", *ANA[1:])
    assert card.version.value == "3.0"


def test_five_thousand_people_take_few_statements(
    account: Account, django_assert_max_num_queries: Any
) -> None:
    lines = [f"Person {n},p{n}@example.com,600{n:06}" for n in range(5000)]
    text = "Name,E-mail,Phone\n" + "\n".join(lines)
    begun = time.process_time()
    with django_assert_max_num_queries(120):
        assert take(account, text, country="ES").added == 5000
    took = time.process_time() - begun
    changed = text.replace("Person", "Somebody")
    with django_assert_max_num_queries(120):
        assert take(account, changed, country="ES", update=True).updated == 5000
    assert took < 5
    with pytest.raises(ValidationError, match="more than 5000"):
        take(account, text + "\nOne,more@example.com,")
    assert Person.objects.filter(name__startswith="Somebody").count() == 5000


HOSTILE = [
    "BEGIN:VCARD\nTEL;b" + "=" * 60 + "\nFN:Ok\nEND:VCARD",
    "BEGIN:VCARD\nTEL;b" + "," * 60 + "\nFN:Ok\nEND:VCARD",
    "BEGIN:VCARD\nFN;CHARSET=no-such;ENCODING=QUOTED-PRINTABLE:=FF\nEND:VCARD",
    "BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;ENCODING=8BIT:=D0\nEND:VCARD",
    "BEGIN:VCARD\nEMAIL;PREF=" + "9" * 1900 + ":a@example.com\nEND:VCARD",
    "BEGIN:VCARD\nN:;;;;;;;\nN\n:\n;\n \n" + " x\n" * 50_000 + "END:VCARD",
    "BEGIN:VCARD\nFN:a\n" * 2000,
    "BEGIN:VCARD\n" + "FN:a\n" * 50_000 + "END:VCARD",
    "BEGIN:VCARD",
    "END:VCARD\nBEGIN:VCARD\nEND:VCARD",
    'Name,E-mail\n"' + "a" * 200_000,
    "Name,Phone\n" + "1 " * 50_000 + "\n",
    "Name," * 50_000 + "\n" + "x," * 50_000,
    "E-mail\n" + "a" * 50_000 + "@" + "b" * 50_000,
    "Name\n\x85\u2028\u202e\ufffe",
    "\n\n\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_told_of_in_time(account: Account, text: str) -> None:
    begun = time.process_time()
    with suppress(ValidationError):
        result = take(account, text)
        assert result.added + len(result.faulty) + len(result.duplicates) <= 5000
    assert time.process_time() - begun < 3


@pytest.mark.property
@pytest.mark.django_db
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
    st.sampled_from([b"", b"Name;Phone\n", b"BEGIN:VCARD\nFN:", b"BEGIN:VCARD\nTEL;", b"\xff\xfe"]),
    st.sampled_from([b"", b"\nEND:VCARD\n", b'"', b"\n,,\n"]),
)
def test_rubbish_is_never_a_traceback(data: bytes, before: bytes, after: bytes) -> None:
    """Nothing but a ValidationError, whatever the bytes; what is read fits the columns."""
    with suppress(ValidationError):
        text = people_records.decode(before + data + after)
        form = people_vcard if people_vcard.looks_like(text) else people_csv
        for record in form.read(text):
            with suppress(ValidationError):
                fields, _left_out = people_fields.of(record, "ES")
                Person(account_id="ac", sort_key="x", **fields).clean_fields()


def test_binaries_are_refused() -> None:
    noise = random.Random(1)
    for data in (noise.randbytes(100_000), b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0" * 99):
        with pytest.raises(ValidationError):
            people_csv.read(people_records.decode(data))
