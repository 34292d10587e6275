"""Lists of people as they are pasted: from mail programs, spreadsheets, chats and memory."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.meetings.pasting import MOST, Entry, parse

TEL, TEL2 = "+34600123456", "+34611222333"

ONE_PERSON = [
    "Ana Ruiz <ana@example.com>, +34 600 123 456",
    "Ana Ruiz, ana@example.com, +34 600 123 456",
    "Ana Ruiz, +34 600 123 456, ana@example.com",
    "Ana Ruiz ana@example.com +34 600 123 456",
    "Ana Ruiz\tana@example.com\t+34 600 123 456",
    "Ana Ruiz\t+34 600 123 456\tana@example.com",
    "Ana\tRuiz\tana@example.com\t+34600123456",
    "Ruiz, Ana <ana@example.com>, +34 600 123 456",
    '"Ruiz, Ana" <ANA@Example.com> +34 (600) 123-456',
    "“Ana Ruiz” <ana@example.com>; ; +34 600 123 456".replace("; ;", ","),
    "ana@example.com (Ana Ruiz), +34 600 123 456",
    "ana@example.com, Ana Ruiz, +34 600 123 456",
    "ana@example.com Ana Ruiz +34 600 123 456",
    "1. Ana Ruiz <ana@example.com>, +34 600 123 456",
    "2) Ana Ruiz: ana@example.com, tel. +34 600 123 456",
    "• Ana Ruiz – ana@example.com – +34 600 123 456",
    "- Ana Ruiz | ana@example.com | mobile: +34 600 123 456",
    "[x] Ana Ruiz <mailto:ana@example.com?subject=Hi> <tel:+34600123456>",
    "> Ana Ruiz <ana@example.com>, 0034 600 123 456",
    "To: Ana Ruiz <ana@example.com>, +34.600.123.456",
    "Кому: 'Ana Ruiz' <ana@example.com>, тел. +34 600 123 456",
    "Ana\u00a0Ruiz\u00a0<ana@example.com>,\u00a0+34\u202f600\u202f123\u202f456",
    "\ufeffAna Ruiz\u200b <ana@example.com>, \u202a+34 600 123 456\u202c",
    '"Ana Ruiz","ana@example.com","+34 600 123 456"',
    "Ana Ruiz<ana@example.com>,+34600123456",
    "Ana Ruiz ＜ana＠example.com＞, ＋34 600 123 456".replace("＜", "<").replace("＞", ">"),
    "Name,E-mail,Phone\nAna Ruiz,ana@example.com,+34 600 123 456",
    "ana@example.com <ana@example.com> Ana Ruiz +34 600 123 456",
    "Ana Ruiz; ana@example.com; +34 600 123 456",
    "Ana;Ruiz;ana@example.com;+34600123456",
]


@pytest.mark.parametrize("text", ONE_PERSON)
def test_one_person_however_written(text: str) -> None:
    pasted = parse(text)
    assert not pasted.problems
    assert not pasted.repeated
    [one] = pasted.people
    assert (one.name, one.email, one.phone) == ("Ana Ruiz", "ana@example.com", TEL)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a@x.com, b@y.com", [("", "a@x.com", ""), ("", "b@y.com", "")]),
        ("Dora Mail <d@x.com>", [("Dora Mail", "d@x.com", "")]),
        ("Ana <a@x.com>; b@y.com", [("Ana", "a@x.com", ""), ("", "b@y.com", "")]),
        ("a@x.com; +34 600 123 456", [("", "a@x.com", ""), ("", "", TEL)]),
        ("a@x.com b@y.com", [("", "a@x.com", ""), ("", "b@y.com", "")]),
        ("<a@x.com>,<b@y.com>;", [("", "a@x.com", ""), ("", "b@y.com", "")]),
        ("+34 600 123 456", [("", "", TEL)]),
        ("Ana Ruiz +34 600 123 456", [("Ana Ruiz", "", TEL)]),
        ("+34 600 123 456 Ana Ruiz", [("Ana Ruiz", "", TEL)]),
        ("+34600123456, +34611222333", [("", "", TEL), ("", "", TEL2)]),
        ("+34 600 123 456 / +34 611 222 333", [("", "", TEL), ("", "", TEL2)]),
        (
            "Ruiz, Ana <ana@x.com>; Bob <bob@x.com>",
            [("Ana Ruiz", "ana@x.com", ""), ("Bob", "bob@x.com", "")],
        ),
        (
            "Bob <b@x.com>, Ruiz, Ana <ana@x.com>",
            [("Bob", "b@x.com", ""), ("Ana Ruiz", "ana@x.com", "")],
        ),
        (
            "Ana <a@x.com> Bob <b@y.com>",
            [("Ana", "a@x.com", ""), ("Bob", "b@y.com", "")],
        ),
        (
            "a@x.com, +34 600 123 456, b@x.com, +34 611 222 333",
            [("", "a@x.com", TEL), ("", "b@x.com", TEL2)],
        ),
        (
            "a@x.com, b@x.com, +34 611 222 333",
            [("", "a@x.com", ""), ("", "b@x.com", TEL2)],
        ),
        (
            "a@x.com, Ana, b@x.com, Bob",
            [("Ana", "a@x.com", ""), ("Bob", "b@x.com", "")],
        ),
        (
            "Ana, a@x.com, Bob, b@x.com",
            [("Ana", "a@x.com", ""), ("Bob", "b@x.com", "")],
        ),
        (
            "Ana <a@x.com>, Bob +34 600 123 456",
            [("Ana", "a@x.com", ""), ("Bob", "", TEL)],
        ),
        ('"Acme, Inc." <info@x.com>', [("Acme, Inc.", "info@x.com", "")]),
        ("Ana Ruiz, PhD <a@x.com>", [("Ana Ruiz, PhD", "a@x.com", "")]),
        ("O'Brien, Pat <pat.o'brien@x.com>", [("Pat O'Brien", "pat.o'brien@x.com", "")]),
        ("Ana (Acme) <a@x.com> (optional)", [("Ana (Acme)", "a@x.com", "")]),
        ("'a@x.com' <a@x.com>.", [("", "a@x.com", "")]),
        ("Анна Петрова <anna@почта.рф>", [("Анна Петрова", "anna@почта.рф", "")]),
        ("Write to ana@x.com.", [("Write to", "ana@x.com", "")]),
        ("Ana\ta@x.com\t\tAcme Inc", [("Ana", "a@x.com", "")]),
    ],
)
def test_several_and_parts_of_them(text: str, people: list[tuple[str, str, str]]) -> None:
    pasted = parse(text)
    assert not pasted.problems
    assert [(one.name, one.email, one.phone) for one in pasted.people] == people


@pytest.mark.parametrize(
    ("text", "why", "people"),
    [
        ("Ana Ruiz", "no e-mail address and no phone", 0),
        ("Ana, 600 123 456", "“600 123 456” has no country code", 0),
        ("Ana <a@x.com>, 600 123 456", "“600 123 456” has no country code", 1),
        ("Ana <ana@x>", "“ana@x” is not an e-mail", 0),
        ("ana @x.com", "is not an e-mail", 0),
        ("@ana", "is not an e-mail", 0),
        ("a@x.com, +34 600 123 456 789 012", "has no country code, or a wrong one", 1),
        (f"{'x' * 101} <a@x.com>", "longer than 100 characters", 0),
        (f"{'x' * 500} <a@x.com>", "Divide it by commas", 0),
        (f"{'x' * 70}@{'y' * 70}.com", "is not an e-mail", 0),
    ],
)
def test_what_cannot_be_read_is_told(text: str, why: str, people: int) -> None:
    pasted = parse(f"first@x.com\n\n{text}")
    [(line, shown, told)] = pasted.problems
    assert (line, len(pasted.people) - 1) == (3, people)
    assert shown[:20] in text
    assert why in told


def test_numbers_without_a_code_are_read_with_a_country() -> None:
    pasted = parse("Ana, 600 123 456\nBob <b@x.com> 0034 611 222 333\n1. 655 000 111", "ES")
    assert [one.phone for one in pasted.people] == [TEL, TEL2, "+34655000111"]
    assert parse("(212) 555-0100", "US").people == [Entry(1, phone="+12125550100")]


def test_who_is_there_twice_is_no_problem() -> None:
    pasted = parse(f"Ana <ana@x.com>, {TEL}\nANA@x.com\nBob {TEL}\n; ana@x.com, c@x.com")
    assert [one.line for one in pasted.people] == [1, 4]
    assert [(one.line, one.name) for one in pasted.repeated] == [(2, ""), (3, "Bob"), (4, "")]
    assert not pasted.problems


def test_five_thousand_are_the_most() -> None:
    lines = [f"Person {n} <p{n}@x.com>, +34 600 {n:06}" for n in range(MOST + 5)]
    pasted = parse("\n".join(lines))
    assert len(pasted.people) == MOST
    [(line, _text, why)] = pasted.problems
    assert (line, "5000 people at once" in why) == (MOST + 1, True)
    in_one_line = parse(", ".join(f"Person {n} <p{n}@x.com>" for n in range(3000)))
    assert (len(in_one_line.people), in_one_line.problems) == (3000, [])


HOSTILE = [
    "1-",
    "+",
    '"',
    "a@",
    "1/",
    "+1 ",
    "x:",
    "00 1 2 3 ",
    "a ",
    "\t ",
    "tel ",
    ";",
    "\n",
    "(1)",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_texts_are_read_in_time(part: str) -> None:
    begun = time.process_time()
    pasted = parse(part * (300_000 // len(part)) + "@", "ES")
    assert len(pasted.problems) <= 2000
    assert parse((part * 99 + ",") * 500).people == []
    assert time.process_time() - begun < 5


PARTS = [
    "ana@x.com",
    TEL,
    "Ana",
    "Ruiz",
    " ",
    ",",
    ";",
    "\n",
    "\t",
    '"',
    "<",
    ">",
    "(",
    "00",
    "1. ",
]


@pytest.mark.property
@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PARTS), max_size=30).map("".join)),
    st.sampled_from(["", "ES", "US", "ZZ", "nowhere"]),
)
def test_nothing_is_ever_raised(text: str, country: str) -> None:
    pasted = parse(text, country)
    for one in [*pasted.people, *pasted.repeated]:
        assert one.email or one.phone
        assert one.email == one.email.lower()
        assert not one.phone or parse(one.phone).people[0].phone == one.phone
        assert one.name.isprintable() or not one.name.isascii()
        assert 1 <= one.line <= len(text.splitlines())
    keys = [key for one in pasted.people for key in (one.email, one.phone) if key]
    assert len(keys) == len(set(keys))
