"""The people list by the API: as the pages do it, numbers masked where the scopes do not reach."""

from typing import Any

import pytest

from rooms.accounts import people
from rooms.accounts.models import Account, Person, User
from tests.api_client import Api, codes, slug
from tests.api_client import Person as LoggedIn

ANA = {"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+34600123456"}


@pytest.fixture
def ana(account: Account) -> Person:
    return people.make(account, **ANA)


def test_a_person_is_made_read_changed_and_removed(account: Account) -> None:
    api = Api(account, "read", "meetings", "control")
    body = {"name": "Eva", "email": "Eva@Example.com", "phone": "+34 600 000 001", "language": "ru"}
    made = api.post("people/", body)
    assert made.status_code == 201
    eva = made.json()
    assert eva["id"].startswith("pe_")
    assert (eva["email"], eva["phone"]) == ("eva@example.com", "+34600000001")
    assert eva["time_zone"] == ""
    path = f"people/{eva['id']}/"
    changed = api.patch(path, {"phone": "", "time_zone": "Europe/Madrid"}).json()
    assert changed == {**eva, "phone": "", "time_zone": "Europe/Madrid"} == api.get(path).json()
    assert codes(api.patch(path, {"name": "", "email": ""})) == {"/name": "required"}
    assert api.get(path).json()["name"] == "Eva"
    assert api.delete(path).status_code == 204
    assert slug(api.get(path)) == "not-found"


def test_what_cannot_be_kept_is_told_at_its_field(account: Account, ana: Person) -> None:
    api = Api(account)
    for body, errors in (
        ({}, {"/name": "required"}),
        ({"phone": "600 123 456"}, {"/phone": "invalid"}),
        ({"phone": "+34 600 12 34 56"}, {"/phone": "taken"}),
        ({"email": "ANA@example.com"}, {"/email": "taken"}),
        ({"email": "ana"}, {"/email": "invalid"}),
        ({"name": "A\nB"}, {"/name": "invalid"}),
        ({"name": "A", "language": "xx"}, {"/language": "invalid_choice"}),
        ({"name": "A", "time_zone": "Mars"}, {"/time_zone": "invalid"}),
        ({"name": "A", "sort_key": "x"}, {"/sort_key": "unknown"}),
    ):
        assert codes(api.post("people/", body)) == errors, body
    other = people.make(account, name="Other")
    assert codes(api.patch(f"people/{other.pk}", {"phone": ana.phone})) == {"/phone": "taken"}
    assert Person.objects.count() == 2


def test_scopes_decide_who_writes_and_who_sees_whole_numbers(
    account: Account, ana: Person, bob: User
) -> None:
    reader, writer, whole = (
        Api(account, "read"),
        Api(account, "read", "meetings"),
        Api(account, "read", "control"),
    )
    path = f"people/{ana.pk}/"
    for api in (reader, Api(account, "read", "rooms", "control")):
        for answer in (
            api.post("people/", {"name": "X"}),
            api.patch(path, {"name": "X"}),
            api.delete(path),
            api.post("people/import/", {"format": "csv", "content": "Name\nX"}),
        ):
            assert slug(answer) == "missing-scope"
    assert slug(Api(account, "meetings").get(path)) == "missing-scope"
    assert whole.get(path).json()["phone"] == ana.phone
    for api in (reader, writer, LoggedIn(bob)):
        assert api.get(path).json()["phone"] == "+34 ••• •• •• 56"
        assert slug(api.get("people/export/")) == "missing-scope"
    assert LoggedIn(bob).patch(path, {"name": "Ana R."}).status_code == 200
    assert writer.patch(path, {"name": "Ana R."}).json()["phone"] == "+34 ••• •• •• 56"


def test_a_mask_is_not_lifted_by_searching(account: Account, ana: Person) -> None:
    people.make(account, phone="+34600999888")

    def found(api: Api, sought: str) -> int:
        return len(api.get(f"people/?q={sought}").json()["data"])

    whole, masked = Api(account, "read", "admin"), Api(account, "read")
    for sought in ("ana", "RUIZ", "ana%40example", "%2B34600123456", "34 600 123 456"):
        assert found(whole, sought) == found(masked, sought) == 1, sought
    for sought, seen in {"6001": 1, "34600": 2, "999": 1, "%2B34": 0, "456": 1}.items():
        assert (found(whole, sought), found(masked, sought)) == (seen, 0), sought
    assert found(masked, "") == 2


def test_people_of_others_are_nobody(account: Account, ana: Person, charlie: User) -> None:
    api = Api(charlie.accounts.get())
    assert api.get("people/").json()["data"] == []
    assert "ana@" not in api.get("people/export/").json()["content"]
    body = {"format": "csv", "content": "Name,E-mail\nMine,ana@example.com", "update": True}
    assert api.post("people/import/", body).json()["added"] == 1
    ana.refresh_from_db()
    assert ana.name == "Ana Ruiz"


@pytest.mark.parametrize("form", ["csv", "vcard"])
def test_all_of_it_goes_out_and_in_again(account: Account, ana: Person, form: str) -> None:
    people.make(account, name="Иван", phone="+79161234567", time_zone="Europe/Moscow")
    api = Api(account, "read", "meetings", "control")
    answer = api.get(f"people/export/?format={form}")
    file = answer.json()
    Person.objects.filter(name="Иван").delete()
    done = api.post("people/import/", file).json()
    line = 2 if form == "csv" else 1
    duplicate = {
        "line": line,
        "shown": "Ana Ruiz",
        "by": "email",
        "person": ana.pk,
        "of_line": None,
        "updated": False,
    }
    assert done == {
        "added": 1,
        "updated": 0,
        "duplicates": [duplicate],
        "faulty": [],
        "remarks": [],
    }
    assert api.get(f"people/export/?format={form}").json() == file


def test_an_import_takes_options_and_tells_of_faults(account: Account, ana: Person) -> None:
    api = Api(account, "meetings")
    content = "Name,E-mail,Phone\nAna R.,ana@example.com,\nEva,,600 000 001\nBad,bad@,\n"
    body: dict[str, Any] = {"format": "csv", "content": content, "update": True, "country": "ES"}
    done = api.post("people/import/", body).json()
    assert (done["added"], done["updated"]) == (1, 1)
    [fault] = done["faulty"]
    assert (fault["line"], fault["shown"]) == (4, "Bad")
    for wrong, errors in (
        ({"content": "no header"}, {"/content": "no_header"}),
        ({"content": "a\u0000"}, {"/content": "null_characters_not_allowed"}),
        ({"content": "Name\n" + "A\n" * 5001}, {"/content": "too_many"}),
        ({"content": "x" * (2 * 1024 * 1024 + 1)}, {"/content": "max_length"}),
        ({"content": "Name\nX", "format": "vcard"}, {"/content": "no_cards"}),
        ({"content": "Name\nX", "format": "xlsx"}, {"/format": "invalid_choice"}),
        ({"country": "Spain"}, {"/country": "max_length"}),
        ({"country": "ZZ"}, {"/country": "invalid"}),
    ):
        assert codes(api.post("people/import/", {**body, **wrong})) == errors, errors
    assert codes(Api(account).get("people/export/?format=pdf")) == {"format": "invalid"}
    assert sorted(Person.objects.values_list("name", flat=True)) == ["Ana R.", "Eva"]


def test_a_list_has_pages(account: Account) -> None:
    Person.objects.bulk_create(Person(account=account, name=f"P{n}").tidy() for n in range(5))
    api = Api(account)
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get(f"people/?limit=2&cursor={cursor}").json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
