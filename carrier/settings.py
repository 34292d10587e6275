"""What the environment says to the carrier, read once and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PACE = 18.0  # characters a second: people speak about as fast


class SettingsError(Exception):
    """A variable is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything the carrier needs to know before it starts. Times are in seconds.

    The defaults of the two timeouts are Vonage's: connect within 1 s, answer within 5 s
    (Vonage support, "What happens if the NCCO download request fails").
    """

    answer_url: str
    event_url: str
    application_id: str
    signature_secret: str
    public_key: RSAPublicKey
    fallback_url: str | None = None
    status_url: str | None = None  # where receipts of messages go; None: nowhere
    inbound_url: str | None = None  # where SMS of the phones go; None: nowhere
    recordings: Path | None = None  # a folder; None: one that goes with the carrier
    answer_method: str = "POST"
    api_key: str | None = None
    host: str = "127.0.0.1"
    port: int = 8010
    speech_rate: float = PACE  # characters a second
    connect_timeout: float = 1.0
    answer_timeout: float = 5.0

    @property
    def hurry(self) -> float:
        """What a time that is not speech is multiplied with: speech in a hurry hastens all."""
        return min(1.0, PACE / self.speech_rate)

    @property
    def region_url(self) -> str:
        """Where the Vonage side is reached, told in the answer webhook as Vonage does."""
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104 (compared, not bound to)
        host = "127.0.0.1" if everywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def read(env: Mapping[str, str]) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a variable is missing or malformed.
    """
    method = env.get("CARRIER_ANSWER_METHOD", "POST").upper()
    if method not in {"GET", "POST"}:
        raise SettingsError(f"CARRIER_ANSWER_METHOD is {method!r}: set it to GET or POST.")
    return Settings(
        answer_url=_url(env, "CARRIER_ANSWER_URL", "where a call asks what to do"),
        event_url=_url(env, "CARRIER_EVENT_URL", "where a call's events are sent"),
        fallback_url=_url_or_none(env, "CARRIER_FALLBACK_URL"),
        status_url=_url_or_none(env, "CARRIER_STATUS_URL"),
        inbound_url=_url_or_none(env, "CARRIER_INBOUND_URL"),
        recordings=_folder_or_none(env, "CARRIER_RECORDINGS"),
        application_id=_text(env, "VONAGE_APPLICATION_ID", "the id of the application (a UUID)"),
        signature_secret=_text(env, "VONAGE_SIGNATURE_SECRET", "the secret that signs webhooks"),
        public_key=_public_key(env),
        answer_method=method,
        api_key=env.get("VONAGE_API_KEY", "").strip() or None,
        host=env.get("CARRIER_HOST", "").strip() or "127.0.0.1",
        port=int(_number(env, "CARRIER_PORT", 8010, 1, 65535, whole=True)),
        speech_rate=_number(env, "CARRIER_SPEECH_RATE", PACE, 0.1, 1e9),
        connect_timeout=_number(env, "CARRIER_CONNECT_TIMEOUT", 1, 0.01, 60),
        answer_timeout=_number(env, "CARRIER_ANSWER_TIMEOUT", 5, 0.01, 60),
    )


def _text(env: Mapping[str, str], name: str, meaning: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set: give {meaning}.")
    return value


def _url(env: Mapping[str, str], name: str, meaning: str) -> str:
    value = _text(env, name, f"an absolute http or https URL, {meaning}")
    if not is_absolute_url(value):
        raise SettingsError(f"{name} is {value!r}: give an absolute http or https URL.")
    return value


def _url_or_none(env: Mapping[str, str], name: str) -> str | None:
    return _url(env, name, "") if env.get(name, "").strip() else None


def _folder_or_none(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "").strip()
    if not value:
        return None
    try:
        Path(value).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{name}: {value} cannot be a folder ({error.strerror}); give one that can be written."
        ) from None
    return Path(value)


def is_absolute_url(value: str) -> bool:
    """Whether this is an http(s) URL with a host, which is all that a webhook can be sent to."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # a port out of range raises only when it is read
    except ValueError:
        return False
    clean = value.isascii() and not any(character.isspace() for character in value)
    return clean and parts.scheme in {"http", "https"} and bool(parts.hostname)


def _number(
    env: Mapping[str, str], name: str, default: float, low: float, high: float, whole: bool = False
) -> float:
    raw = env.get(name, "").strip()
    if not raw:
        return default
    kind = "a whole number" if whole else "a number"
    try:
        value = float(int(raw)) if whole else float(raw)
    except ValueError:
        raise SettingsError(f"{name} is {raw!r}: give {kind} from {low:g} to {high:g}.") from None
    if not low <= value <= high:  # also refuses nan
        raise SettingsError(f"{name} is {raw!r}: give {kind} from {low:g} to {high:g}.")
    return value


def _public_key(env: Mapping[str, str]) -> RSAPublicKey:
    name = "CARRIER_PUBLIC_KEY"
    path = _text(env, name, "the path of the application's public key (PEM)")
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except OSError as error:
        raise SettingsError(
            f"{name}: {path} cannot be read ({error.strerror}); give the path of a PEM public key."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(
            f"{name}: {path} is not a PEM public key; make one with "
            "'openssl rsa -in private.key -pubout'."
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise SettingsError(f"{name}: {path} is not an RSA key; application JWTs are RS256.")
    return key
