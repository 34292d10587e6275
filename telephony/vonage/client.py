"""Vonage's REST API through its SDK, with the SDK's sharp edges covered.

    VonageError
    ├── permanent=True    the same request will fail again (a bad number, a bad key)
    │   └── gone=True     Vonage knows no such call, or no more
    └── permanent=False   it may succeed later (no connection, 429, 5xx)
        └── unclear=True  it may have been carried out: no answer came, or none that can be read

The SDK retries a dropped POST up to `pool_maxsize` times, so one message could be sent ten times:
the pool is one connection and tries are counted by whoever asked. It has no time-out of its own,
and shares one dict of headers between threads, so a client is made for each use.
"""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError
from vonage import Auth, HttpClientOptions, Vonage
from vonage_http_client.errors import HttpRequestError, RateLimitedError
from vonage_messages.models import Sms
from vonage_utils.errors import VonageError as SdkError

from telephony.vonage.ncco import Ncco

TIMEOUT = 10  # seconds
PAGE = 100  # the most calls that Vonage lists at once
MOST_PAGES = 3


class VonageError(Exception):
    """Vonage refused or could not be reached; `permanent` says whether to try again."""

    def __init__(
        self, message: str, *, permanent: bool, unclear: bool = False, gone: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unclear = unclear
        self.gone = gone


class _PlainHttp(HTTPAdapter):
    """The SDK writes https:// before every host; a carrier on loopback speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


class _Auth(Auth):  # type: ignore[misc]
    """Signs anew every minute: for each request it would take longer than all else about it.

    A token of Vonage's is good for fifteen minutes, for any number of requests.
    """

    def __init__(self, application_id: str, private_key: str) -> None:
        super().__init__(application_id=application_id, private_key=private_key)
        self._signed_with = private_key

    def create_jwt_auth_string(self) -> bytes:
        return _bearer(str(self.application_id), self._signed_with, int(time.time() // 60))


@lru_cache(maxsize=4)
def _bearer(application_id: str, private_key: str, _minute: int) -> bytes:
    fresh = Auth(application_id=application_id, private_key=private_key)
    return bytes(fresh.create_jwt_auth_string())


class Client:
    """What AnyRoom asks of Vonage. Every method raises VonageError."""

    def __init__(self, *, api_url: str, application_id: str, private_key: str) -> None:
        address = urlsplit(api_url)
        options = HttpClientOptions(
            api_host=address.netloc, timeout=TIMEOUT, pool_maxsize=1, max_retries=0
        )
        try:
            auth = _Auth(application_id, private_key)
        except (SdkError, ValueError) as error:
            raise VonageError(
                f"VONAGE_PRIVATE_KEY cannot be used: {error}", permanent=True
            ) from error
        self._sdk = Vonage(auth, options)
        if address.scheme == "http":
            session: requests.Session = self._sdk.http_client._session
            session.mount(f"https://{address.netloc}", _PlainHttp())
            session.trust_env = False  # a proxy of the shell's has no way to this machine

    def send_sms(self, *, sender: str, to: str, text: str) -> str:
        """Send an SMS; numbers in E.164. Returns Vonage's message id."""
        message = Sms(from_=sender.removeprefix("+"), to=to.removeprefix("+"), text=text)
        answer = self._asked(lambda: self._sdk.messages.send(message))
        return str(answer.message_uuid)

    def create_call(
        self, *, to: str, sender: str, answer_url: str, event_url: str, ringing_seconds: int
    ) -> str:
        """Call a phone (`POST /v1/calls`); numbers in E.164. Returns the call's uuid.

        A voicemail that answers is hung up on. The SDK's model drops fields that it lacks, so the
        body is plain.
        """
        http = self._sdk.http_client
        body = {
            "to": [{"type": "phone", "number": to.removeprefix("+")}],
            "from": {"type": "phone", "number": sender.removeprefix("+")},
            "answer_url": [answer_url],
            "answer_method": "POST",
            "event_url": [event_url],
            "event_method": "POST",
            "ringing_timer": ringing_seconds,
            "machine_detection": "hangup",
        }
        placed = self._asked(lambda: http.post(http.api_host, "/v1/calls", body))
        uuid = placed.get("uuid") if isinstance(placed, dict) else None
        if not uuid:
            raise VonageError("Vonage's answer names no call", permanent=False, unclear=True)
        return str(uuid)

    def call(self, uuid: str) -> dict[str, Any] | None:
        """A call as Vonage sees it (`GET /v1/calls/{uuid}`), or None if it knows none."""
        http = self._sdk.http_client
        try:
            found = self._asked(lambda: http.get(http.api_host, f"/v1/calls/{uuid}"))
        except VonageError as error:
            if error.gone:
                return None
            raise
        return dict(found)

    def hangup(self, uuid: str) -> None:
        """End the call (`PUT /v1/calls/{uuid}`)."""
        self._change(uuid, action="hangup")

    def mute(self, uuid: str) -> None:
        """Nobody hears the caller any more."""
        self._change(uuid, action="mute")

    def unmute(self, uuid: str) -> None:
        self._change(uuid, action="unmute")

    def earmuff(self, uuid: str) -> None:
        """The caller hears nobody any more."""
        self._change(uuid, action="earmuff")

    def unearmuff(self, uuid: str) -> None:
        self._change(uuid, action="unearmuff")

    def transfer(self, uuid: str, ncco: Ncco) -> None:
        """Take the call out of what it does, to run `ncco`; it ends where that ends.

        The SDK's own method sends an empty object for each action that is a dict.
        """
        self._change(uuid, action="transfer", destination={"type": "ncco", "ncco": ncco})

    def talk(self, uuid: str, text: str, *, language: str) -> None:
        """Say `text` to the caller, who goes on talking (`PUT /v1/calls/{uuid}/talk`)."""
        self._put(f"/v1/calls/{uuid}/talk", {"text": text, "language": language})

    def stream(self, uuid: str, url: str, *, loop: int = 1) -> None:
        """Play a sound file to the caller, `loop` times or, with 0, until it is stopped."""
        self._put(f"/v1/calls/{uuid}/stream", {"stream_url": [url], "loop": loop})

    def stop_stream(self, uuid: str) -> None:
        """Stop what is played to the caller (`DELETE /v1/calls/{uuid}/stream`)."""
        http = self._sdk.http_client
        self._asked(lambda: http.delete(http.api_host, f"/v1/calls/{uuid}/stream"))

    def _change(self, uuid: str, **body: object) -> None:
        self._put(f"/v1/calls/{uuid}", body)

    def calls(self, *, conversation: str, status: str = "answered") -> list[dict[str, Any]]:
        """The calls in a conversation (`GET /v1/calls`), each as `call` gives it.

        Vonage gives them in pages; as many as a conversation takes are asked for.
        """
        http = self._sdk.http_client
        found: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            query = {"conversation_uuid": conversation, "status": status}
            asked = {**query, "page_size": PAGE, "record_index": page * PAGE}
            answer = self._asked(lambda asked=asked: http.get(http.api_host, "/v1/calls", asked))
            embedded = answer.get("_embedded") if isinstance(answer, dict) else None
            calls = embedded.get("calls") if isinstance(embedded, dict) else None
            if not isinstance(calls, list):
                raise VonageError("Vonage's answer lists no calls", permanent=False)
            found += [call for call in calls if isinstance(call, dict)]
            if len(calls) < PAGE:
                break
        return found

    def _put(self, path: str, body: dict[str, object]) -> None:
        http = self._sdk.http_client
        self._asked(lambda: http.put(http.api_host, path, body))

    def _asked(self, ask: Any) -> Any:
        try:
            return ask()
        except RateLimitedError as error:
            raise VonageError("Vonage is busy (429)", permanent=False) from error
        except HttpRequestError as error:
            status = error.response.status_code
            raise VonageError(
                f"Vonage answered {status}: {error.response.text[:200]}",
                permanent=400 <= status < 500,
                unclear=status >= 500,
                gone=status == 404,
            ) from error
        except requests.RequestException as error:
            raise VonageError(
                f"Vonage was not reached: {type(error).__name__}",
                permanent=False,
                unclear=not _never_sent(error),
            ) from error
        except (SdkError, ValueError) as error:
            raise VonageError(f"Vonage's SDK refused: {error}", permanent=True) from error


def _never_sent(error: requests.RequestException) -> bool:
    """Whether there was no connection to send the request over."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
