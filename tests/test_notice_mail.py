"""A notice as an e-mail: written late, shaped for mail programs, over one connection."""

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.utils import timezone

from rooms import sms
from rooms.accounts.models import Account, User
from rooms.notices import content, delivery
from rooms.notices.content import Content, Skip
from rooms.notices.mail import message
from rooms.notices.models import Notice
from tests.processes.installation import free_port

Status = Notice.Status
KIND = Notice.Kind.PRESENCE


def soon() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=30)


@pytest.fixture
def notice(account: Account, alice: User) -> Notice:
    return _notice(account, alice)


def _notice(account: Account, user: User, **fields: Any) -> Notice:
    about = {"channel": Notice.Channel.EMAIL, "address": user.email, **fields}
    return Notice.objects.create(
        account=account,
        recipient=user,
        kind=KIND,
        key=f"test:{Notice.objects.count()}",
        subject="Before",
        text="Before",
        **about,
    )


def write(monkeypatch: pytest.MonkeyPatch, writer: content.Writer) -> None:
    monkeypatch.setitem(content.writers, str(KIND), writer)


def test_it_is_written_when_it_is_sent(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def writer(given: Notice) -> Content:
        asked.append(given.status)
        return Content(subject=f"For {given.address}", text="Now", html="<p>Now</p>")

    write(monkeypatch, writer)
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert asked == [Status.SENDING]
    assert (notice.subject, notice.text) == ("For alice@example.com", "Now")
    (sent,) = mail.outbox
    assert (sent.subject, sent.body) == ("For alice@example.com", "Now")
    assert sent.alternatives[0][0] == "<p>Now</p>"


def test_what_is_not_to_be_sent_is_skipped_once_and_says_why(
    notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writer(_notice: Notice) -> Content:
        raise Skip("The meeting was cancelled.")

    write(monkeypatch, writer)
    assert delivery.deliver_due(until=soon()) == 1
    notice.refresh_from_db()
    assert (notice.status, notice.error) == (Status.SKIPPED, "The meeting was cancelled.")
    assert (notice.text, notice.sent_at) == ("Before", None)
    assert not mail.outbox
    assert delivery.deliver_due(until=soon()) == 0
    delivery.try_again(notice)
    assert delivery.deliver_due(until=soon()) == 0


def test_a_fault_in_a_writer_is_a_failed_try(
    notice: Notice, account: Account, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _notice(account, bob)

    def writer(given: Notice) -> Content:
        if given.pk == notice.pk:
            raise ZeroDivisionError
        return Content("S", "T")

    write(monkeypatch, writer)
    assert delivery.deliver_due(until=soon()) == 2
    notice.refresh_from_db()
    other.refresh_from_db()
    assert (notice.status, other.status) == (Status.PENDING, Status.SENT)
    assert (notice.attempts, notice.due_at > timezone.now()) == (1, True)


def test_an_sms_is_its_text_and_keeps_the_carriers_id(
    account: Account, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = _notice(account, alice, channel=Notice.Channel.SMS)
    sent: list[str] = []
    monkeypatch.setattr(sms, "send", lambda *, to, text: sent.append(text) or "uuid-1")
    write(monkeypatch, lambda _notice: Content("S", "Text", html="<p>", calendar="BEGIN"))
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert (sent, notice.carrier_id) == (["Text"], "uuid-1")


def sent_as(notice: Notice, written: Content) -> Any:
    """As a mail program gets it."""
    return message_from_bytes(message(notice, written).message().as_bytes(), policy=policy.default)


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("", "AnyRoom"),
        ("Alice", "Alice via AnyRoom"),
        ('A "B", <c@d>; E', 'A "B", <c@d>; E via AnyRoom'),
        ("Юлия Ю, мл.", "Юлия Ю, мл. via AnyRoom"),
        ("x\r\nBcc: y@z", "x Bcc: y@z via AnyRoom"),
        ("Щ" * 200, "Щ" * 80 + " via AnyRoom"),
    ],
)
def test_the_sender_is_named_before_our_own_address(
    notice: Notice, sender: str, shown: str
) -> None:
    written = Content("S", "T", sender=sender, reply_to="a@example.com")
    found = sent_as(notice, written)
    raw = message(notice, written).message()
    # Python's newer parser leaves blanks between encoded words, which RFC 2047 has left out.
    name, address = parseaddr(raw["From"])
    assert (str(make_header(decode_header(name))), address) == (shown, "noreply@localhost")
    assert found["Reply-To"] == "a@example.com"
    assert found["Bcc"] is None
    for word in raw.as_bytes().partition(b"\n\n")[0].split():
        assert len(word) <= 76, "RFC 2047 allows encoded words of 75 letters"


def test_one_click_unsubscribes(notice: Notice) -> None:
    found = sent_as(notice, Content("S", "T", unsubscribe="https://a.example/u/x/"))
    assert found["List-Unsubscribe"] == "<https://a.example/u/x/>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent_as(notice, Content("S", "T"))["List-Unsubscribe"] is None


def test_a_subject_cannot_add_headers(notice: Notice) -> None:
    found = sent_as(notice, Content("A\r\nBcc: x@y\x00\u2028z", "T"))
    assert found["Subject"] == "A Bcc: x@y z"
    assert found["Bcc"] is None


class Server:
    """A mail server that ends each connection after so many messages."""

    def __init__(self) -> None:
        self.most = 1000
        self.connections: list[Any] = []
        self.taken: list[str] = []

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if session not in self.connections:
            self.connections.append(session)
            session.count = 0
        session.count += 1
        if session.count > self.most:
            return "421 enough"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address.startswith("bad"):
            return "550 nobody"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken += envelope.rcpt_tos
        return "250 taken"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    handler = Server()
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    yield handler
    controller.stop()


def test_many_messages_take_one_connection(account: Account, alice: User, server: Server) -> None:
    for number in range(25):
        _notice(account, alice, address=f"p{number}@example.com")
    assert delivery.deliver_due(until=soon()) == 25
    assert len(server.connections) == 1
    assert len(server.taken) == 25


def test_a_connection_that_ends_is_opened_again_and_costs_no_try(
    account: Account, alice: User, server: Server
) -> None:
    """The server had enough of it, or refused somebody in between."""
    server.most = 4
    addresses = [f"p{number}@example.com" for number in range(9)] + ["bad@example.com"]
    for address in addresses:
        _notice(account, alice, address=address)
    delivery.deliver_due(until=soon())
    assert sorted(server.taken) == addresses[:-1]
    assert len(server.connections) >= 3
    outcomes = {one.address: (one.status, one.attempts) for one in Notice.objects.all()}
    assert outcomes.pop("bad@example.com") == (Status.FAILED, 1)
    assert set(outcomes.values()) == {(Status.SENT, 1)}


def test_a_server_that_is_away_is_a_failed_try(
    account: Account, alice: User, settings: Any
) -> None:
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    _notice(account, alice)
    delivery.deliver_due(until=soon())
    kept = Notice.objects.get()
    assert (kept.status, kept.attempts) == (Status.PENDING, 1)
    assert kept.error.startswith("The mail server was not reached")


def test_what_a_worker_has_no_time_for_goes_back(
    account: Account, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed together, but each has most of its claim before it when it is sent."""
    for _number in range(5):
        _notice(account, alice)
    settings.NOTICE_CLAIM_SECONDS = 0.4
    claims = delivery._claims(soon())
    first = next(claims)
    assert Notice.objects.filter(status=Status.SENDING).count() == 5
    assert delivery.at_work(timezone.now()) == 1
    started = timezone.now()
    while timezone.now() < started + dt.timedelta(seconds=0.15):
        pass
    again = next(claims)
    assert again.claimed_until
    assert first.claimed_until
    assert again.claimed_until > first.claimed_until
    assert set(Notice.objects.exclude(pk=first.pk).values_list("attempts", flat=True)) == {1}
