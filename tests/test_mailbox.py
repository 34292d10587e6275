"""The mailbox: mail as files, and the pages that show them."""

import email
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from rooms.notices import mailbox


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.MAILBOX_DIR = tmp_path / "mail"
    return tmp_path / "mail"


def message(to: str = "dan@example.com", number: int = 1, **options: Any) -> EmailMessage:
    headers = {"Message-ID": f"<{number}@localhost>"}
    return EmailMessage(f"Hello {number}", "See http://localhost:8000/x", to=[to], headers=headers)


def send(*messages: EmailMessage) -> None:
    assert mailbox.EmailBackend().send_messages(messages) == len(messages)


def test_a_message_is_one_file_that_any_reader_opens(directory: Path) -> None:
    send(message())
    (file,) = directory.glob("*.eml")
    parsed = email.message_from_bytes(file.read_bytes())
    assert (parsed["To"], parsed["Subject"]) == ("dan@example.com", "Hello 1")
    assert mailbox.NAME.fullmatch(file.stem)
    assert not list(directory.glob("*.new"))


def test_the_same_message_again_does_not_double_it(directory: Path) -> None:
    send(message())
    send(message(), message(number=2))
    assert len(list(directory.glob("*.eml"))) == 2


def test_the_same_message_from_many_at_once_is_kept_once(directory: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _n: send(message()), range(32)))
    assert len(list(directory.glob("*.eml"))) == 1


def test_names_sort_by_time() -> None:
    for number in (3, 1, 2):
        send(message(number=number))
        time.sleep(0.001)
    assert [letter.subject for letter in mailbox.letters()] == ["Hello 2", "Hello 1", "Hello 3"]


def test_the_list_is_searched_by_recipient(client: Client, db: None) -> None:
    send(message("Dan <dan@example.com>", 1), message("eve@example.com", 2))
    everything = client.get(reverse("mailbox")).content.decode()
    assert "This machine keeps all mail here instead of sending it." in everything
    assert everything.index("Hello 2") < everything.index("Hello 1")
    found = client.get(reverse("mailbox"), {"to": "DAN@"}).content.decode()
    assert "Hello 1" in found
    assert "Hello 2" not in found
    assert (
        "No mail to “nobody”" in client.get(reverse("mailbox"), {"to": "nobody"}).content.decode()
    )


def test_the_newest_are_listed_page_by_page(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "SHOWN", 60)
    send(*[message(number=number) for number in range(70)])
    assert len(mailbox.letters()) == 60
    first = client.get(reverse("mailbox")).content.decode()
    last = client.get(reverse("mailbox"), {"page": 2}).content.decode()
    assert ">Hello 69<" in first
    assert ">Hello 10<" in last
    assert ">Hello 9<" not in last


def page_of(client: Client) -> str:
    (letter,) = mailbox.letters()
    return client.get(reverse("mailbox_message", args=[letter.name])).content.decode()


def test_a_message_is_shown_with_links_and_attachments(client: Client, db: None) -> None:
    letter = message()
    letter.attach("invite.ics", "BEGIN:VCALENDAR", "text/calendar")
    send(letter)
    page = page_of(client)
    assert '<a href="http://localhost:8000/x" rel="nofollow">' in page
    assert "&lt;1@localhost&gt;" in page
    assert "invite.ics" in page
    assert "text/calendar" in page


def test_what_a_message_says_is_not_markup(client: Client, db: None) -> None:
    send(EmailMessage("<b>S", '<script>x</script> javascript:alert(1) "', to=["a@example.com"]))
    page = page_of(client)
    assert "<script>x" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert 'href="javascript' not in page
    assert "<b>S" not in page


def with_parts() -> EmailMultiAlternatives:
    letter = EmailMultiAlternatives("Invitation", "Text", to=["ana@example.com"])
    html = "<html><head><title>x</title></head><body><script>x</script><b>Bold</b></body></html>"
    letter.attach_alternative(html, "text/html")
    letter.attach_alternative("BEGIN:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    letter.attach("invite.ics", b"BEGIN:VCALENDAR\r\n", "application/ics")
    return letter


def test_an_invitation_is_shown_as_mail_programs_show_it(client: Client, db: None) -> None:
    """With its HTML, which may do nothing, and its calendar file to be taken along."""
    send(with_parts())
    assert "with calendar file" in client.get(reverse("mailbox")).content.decode()
    (letter,) = mailbox.letters()
    shown = client.get(reverse("mailbox_message", args=[letter.name]))
    page = shown.content.decode()
    html = reverse("mailbox_html", args=[letter.name])
    assert f'src="{html}"' in page
    assert "takes this as an invitation" in page
    assert "<b>Bold" not in page
    assert "frame-src 'self'" in shown["Content-Security-Policy"]
    framed = client.get(html)
    assert "<b>Bold</b>" in framed.content.decode()
    assert '<head><base target="_top">' in framed.content.decode()
    policy = framed["Content-Security-Policy"]
    for rule in ("default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "sandbox "):
        assert rule in policy
    assert "script" not in policy
    assert "allow-same-origin" not in policy + page
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    file = client.get(reverse("mailbox_attachment", args=[letter.name, 0]))
    assert file.content == b"BEGIN:VCALENDAR\r\n"
    assert file["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert client.get(reverse("mailbox_attachment", args=[letter.name, 1])).status_code == 404


def test_a_message_of_text_alone_has_no_other_parts(client: Client, db: None) -> None:
    send(message())
    (letter,) = mailbox.letters()
    assert "<iframe" not in page_of(client)
    for address in (
        reverse("mailbox_html", args=[letter.name]),
        reverse("mailbox_attachment", args=[letter.name, 0]),
    ):
        assert client.get(address).status_code == 404


def test_a_message_kept_half_is_kept_whole_the_next_time(directory: Path) -> None:
    """Killed between writing its name down and the message itself, and then sent again."""
    send(message())
    (file,) = directory.glob("*.eml")
    file.unlink()
    send(message(), message(number=2))
    assert file.exists()
    assert len(list(directory.glob("*.eml"))) == 2


def test_names_from_elsewhere_lead_nowhere(client: Client, db: None, directory: Path) -> None:
    send(message())
    secret = directory.parent / "20260101T000000.000000Z-000000000000000000000000.eml"
    secret.write_text("Subject: secret\n\nsecret")
    for name in ("..%2F" + secret.stem, "....", ".lock", secret.stem, "%2e%2e%2fkeys.json"):
        assert client.get(f"/mailbox/{name}/").status_code == 404
    assert mailbox.read(f"../{secret.stem}") is None


def test_everybody_reads_it(
    client: Client, alice_client: Client, bob_client: Client, charlie_client: Client
) -> None:
    for visitor in (client, alice_client, bob_client, charlie_client):
        assert visitor.get(reverse("mailbox")).status_code == 200


def test_where_mail_is_really_sent_there_is_no_mailbox(
    client: Client, db: None, settings: Any
) -> None:
    send(message())
    (letter,) = mailbox.letters()
    settings.MAILBOX_DIR = None
    assert client.get(reverse("mailbox")).status_code == 404
    assert client.get(reverse("mailbox_message", args=[letter.name])).status_code == 404
    assert client.get(reverse("mailbox_html", args=[letter.name])).status_code == 404
    assert client.get(reverse("mailbox_attachment", args=[letter.name, 0])).status_code == 404
    assert "mailbox" not in client.get(reverse("account_login")).content.decode()


def test_a_thousand_messages_are_listed_quickly(client: Client, db: None, directory: Path) -> None:
    send(message())
    (file,) = directory.glob("*.eml")
    for number in range(1000):
        os.link(file, directory / f"20260101T000000.{number:06}Z-{number:024}.eml")
    mailbox.letters()
    started = time.perf_counter()
    assert len(mailbox.letters("dan")) == 1001
    assert time.perf_counter() - started < 0.3
