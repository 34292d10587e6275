"""Reads settings from the environment and says, in one line each, what is wrong with them."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


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

    def web_address(self, name: str, default: str = "") -> str:
        """An http(s) address without a trailing slash."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            self.problem(name, f"is {value!r}", "set it to an address like https://example.com")
            return default
        return value

    def database(self, name: str, default: Path) -> dict[str, object]:
        value = self.text(name)
        if not value:
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        parsed: dict[str, object] = dict(environ.Env.db_url_config(value)) if "://" in value else {}
        if "postgresql" not in str(parsed.get("ENGINE")) and "sqlite" not in str(
            parsed.get("ENGINE")
        ):
            remedy = "set it to an address like postgresql://user:password@host:5432/name"
            self.problem(name, "does not name a PostgreSQL database", remedy)
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        return parsed

    def redis(self, name: str) -> str:
        value = self.text(name)
        if value and urlsplit(value).scheme not in {"redis", "rediss"}:
            self.problem(name, f"is {value!r}", "set it to an address like redis://host:6379/0")
            return ""
        return value

    def private_key(self, name: str, default: str, remedy: str) -> str:
        """A key in PEM: the variable holds it, or the path of its file."""
        value = self.required(name, remedy, default).replace("\\n", "\n")
        if not value or value.startswith("-----BEGIN"):
            return value
        try:
            return Path(value).read_text()
        except (OSError, UnicodeDecodeError):
            self.problem(name, "is neither a key in PEM nor a file that can be read", remedy)
            return ""

    def email(self, name: str) -> dict[str, object]:
        """Django's EMAIL_* settings; empty where the variable is not set."""
        value = self.text(name)
        if not value:
            return {}
        if urlsplit(value).scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"}:
            remedy = "set it to an address like smtp+tls://user:password@host:587"
            self.problem(name, "does not name a mail server", remedy)
            return {}
        parsed = environ.Env.email_url_config(value)
        return dict(parsed)

    def finish(self) -> None:
        """Raises ImproperlyConfigured naming every variable that is wrong and the remedy."""
        if self._problems:
            raise ImproperlyConfigured("\n".join(self._problems))
