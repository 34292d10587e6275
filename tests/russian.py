"""What Russian texts and pages are checked by: no word of English is left in them."""

import re
from html.parser import HTMLParser

from django.test import Client

# What is written in Latin letters in Russian too: names, and the words of technology.
NAMES = {
    *("AnyRoom", "English", "Authorization", "Bearer", "ark", "JavaScript", "Stripe", "vCard"),
    *("Google", "Outlook", "Apple", "Calendar", "Mac", "iPhone"),
    *("Ana", "Ruiz"),  # whom the example of a pasted list names
}
SHORT = {"API", "SMS", "QR", "PIN", "IP", "UTC", "CSV", "PDF", "URL"}
ASKS = {"accept-language": "ru-RU,ru;q=0.9"}
ADDRESS = re.compile(
    r"https?://\S+|tel:\S+|[\w.+-]+@[\w.-]+|Europe/Moscow|e-mail|E-mail|[A-Z\d]{8}-\d{4}"
)


class Visible(HTMLParser):
    """Collects what people read or hear of a page, but for the list of time zones, and code."""

    SAME = ("script", "style", "code")  # in every language
    SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-label", "data-copied")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.lang = ""
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang") or ""
        if tag in self.SAME or (tag == "select" and given["name"] == "time_zone"):
            self.silent = tag
        self.texts += [text for name in self.SPOKEN if (text := given.get(name))]
        self.texts += [given.get("data-share-text") or ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def foreign(text: str) -> set[str]:
    """Latin words of a Russian text that have no business there."""
    return set(re.findall(r"[A-Za-z][A-Za-z'’]+", ADDRESS.sub("", text))) - NAMES - SHORT


def check(client: Client, url: str) -> None:
    """Strangers read what their browser asks for, members what they have chosen."""
    assert _read(client, url).lang == "ru", url


def check_part(client: Client, url: str) -> None:
    """As `check`, for what a page fetches into itself."""
    assert _read(client, url).lang == "", url


def _read(client: Client, url: str) -> Visible:
    response = client.get(url, headers=ASKS)
    assert response.status_code in (200, 404), url
    page = Visible()
    page.feed(response.content.decode())
    text = " ".join(page.texts)
    assert re.search("[а-яё]{3}", text), url
    assert foreign(text) == set(), url
    return page
