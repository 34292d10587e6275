"""Reads settings from the environment and says, in one line each, what is wrong with them."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
import phonenumbers
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ImproperlyConfigured


def _parts(address: str) -> SplitResult | None:
    """The parts of an address with a host and, if it names one, a port; None if it has not."""
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and (parts.hostname or parts.scheme == "sqlite") else None


def _s3_options(parts: SplitResult, bucket: str) -> dict[str, object]:
    scheme = "http" if parts.scheme == "s3+http" else "https"
    return {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": bucket,
        "endpoint_url": f"{scheme}://{parts.netloc.rpartition('@')[2]}",
        "region_name": parse_qs(parts.query).get("region", ["us-east-1"])[0],
        "addressing_style": "path",  # every store knows it; names of buckets need no DNS
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": True,
    }


class Environment:
    """The environment (and a `.env` file beside `manage.py`), checked while it is read.

    Every reader returns a usable value even when the variable is malformed, so that `finish()`
    can tell all problems at once instead of the first alone.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    @classmethod
    def with_dotenv(cls, path: Path) -> "Environment":
        """Take `path` into account where it exists; what the environment says already wins."""
        environ.Env.read_env(path, overwrite=False)
        return cls(os.environ)

    def problem(self, name: str, what: str, remedy: str) -> None:
        self._problems.append(f"{name} {what}: {remedy}")

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def required(self, name: str, remedy: str, default: str = "") -> str:
        value = self.text(name, default)
        if not value:
            self.problem(name, "is not set", remedy)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        if value:
            self.problem(name, f"is {value!r}", "set it to 1 or 0")
        return default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if value.isdecimal() and low <= int(value) <= high:
            return int(value)
        self.problem(name, f"is {value!r}", f"set it to a whole number from {low} to {high}")
        return default

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def countries(self, name: str, default: str) -> frozenset[str]:
        """ISO codes of two letters, which are known as countries with a numbering plan."""
        words = {word.upper() for word in self.words(name, default)}
        unknown = sorted(words - phonenumbers.SUPPORTED_REGIONS)
        if unknown:
            self.problem(
                name, f"names {', '.join(unknown)}", "set it to ISO country codes such as US,ES,DE"
            )
        return frozenset(words)

    def web_address(self, name: str, default: str = "") -> str:
        """An http(s) address without a path."""
        value = self.text(name, default).rstrip("/")
        parts = _parts(value)
        well_formed = (
            parts and parts.scheme in {"http", "https"} and not (parts.path or parts.query)
        )
        if value and not well_formed:
            self.problem(name, f"is {value!r}", "set it to an address like https://example.com")
            return default
        return value

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        value = self.text(name, default).upper()
        if value not in choices:
            self.problem(name, f"is {value!r}", f"set it to one of {', '.join(choices)}")
            return default
        return value

    def database(self, name: str, default: Path) -> dict[str, object]:
        value = self.text(name)
        if not value:
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        parsed: dict[str, object] = dict(environ.Env.db_url_config(value)) if _parts(value) else {}
        if "postgresql" not in str(parsed.get("ENGINE")) and "sqlite" not in str(
            parsed.get("ENGINE")
        ):
            remedy = "set it to an address like postgresql://user:password@host:5432/name"
            self.problem(name, "does not name a PostgreSQL database", remedy)
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        return parsed

    def redis(self, name: str) -> str:
        value = self.text(name)
        parts = _parts(value)
        if value and (parts is None or parts.scheme not in {"redis", "rediss"}):
            self.problem(
                name,
                "does not name a Redis server",
                "set it to an address like redis://host:6379/0",
            )
            return ""
        return value

    def private_key(self, name: str, default: str, remedy: str) -> str:
        """A key in PEM: the variable holds it, or the path of its file."""
        value = self.required(name, remedy, default).replace("\\n", "\n")
        if not value:
            return ""
        try:
            text = value if value.startswith("-----BEGIN") else Path(value).read_text()
            load_pem_private_key(text.encode(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
            self.problem(name, "is neither a key in PEM nor the path of a file with one", remedy)
            return ""
        return text

    def email(self, name: str) -> dict[str, object]:
        """Django's EMAIL_* settings; empty where the variable is not set."""
        value = self.text(name)
        if not value:
            return {}
        parts = _parts(value)
        if parts is None or parts.scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"}:
            remedy = "set it to an address like smtp+tls://user:password@host:587"
            self.problem(name, "does not name a mail server", remedy)
            return {}
        parsed = environ.Env.email_url_config(value)
        return dict(parsed)

    def file_store(self, name: str, folder: Path) -> dict[str, object]:
        """A storage for Django's STORAGES: a bucket of an S3-compatible store, else the folder.

        The address is `s3://KEY:SECRET@host/bucket?region=…`, or `s3+http://` where the store is
        reached without TLS. Both replace a file of the same name, and give no address of one away.
        """
        value = self.text(name)
        parts = _parts(value)
        if not value:
            options: dict[str, object] = {
                "location": str(folder),
                "allow_overwrite": True,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            }
            backend = "django.core.files.storage.FileSystemStorage"
            return {"BACKEND": backend, "OPTIONS": options}
        bucket = parts.path.strip("/") if parts else ""
        known = parts is not None and parts.scheme in {"s3", "s3+http"}
        if not known or not bucket or "/" in bucket or not (parts and parts.password):
            remedy = "set it to an address like s3://KEY:SECRET@host/bucket?region=eu-central-1"
            self.problem(name, "does not name a bucket of an S3-compatible store", remedy)
            return {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3_options(parts, bucket)}

    def finish(self) -> None:
        """Raises ImproperlyConfigured naming every variable that is wrong and the remedy."""
        if self._problems:
            raise ImproperlyConfigured("\n".join(self._problems))
