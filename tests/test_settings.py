"""A setting that is wrong is told at start, in one line that names it and the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anyroom_site import keys
from tests.embedded_home import HOME

ROOT = Path(__file__).resolve().parent.parent
GOOD = {
    "SECRET_KEY": "a-long-secret-for-a-test-of-the-settings-0123456789abcdef",
    "PUBLIC_URL": "https://anyroom.example",
    "DATABASE_URL": "postgresql://anyroom:secret@127.0.0.1:5432/anyroom",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "VONAGE_APPLICATION_ID": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "VONAGE_PRIVATE_KEY": (keys.load(HOME) or {})["VONAGE_PRIVATE_KEY"].replace("\n", "\\n"),
    "VONAGE_SIGNATURE_SECRET": "signature-secret",
    "STRIPE_SECRET_KEY": "sk_live_key",
    "STRIPE_WEBHOOK_SECRET": "whsec_secret",
    "STRIPE_PRICE_ID": "price_1",
}


def check(tmp_path: Path, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py check` with production settings, some of them changed."""
    ours = {**GOOD, "ANYROOM_HOME": str(tmp_path), **changes}
    environment = {"PATH": os.environ["PATH"], **ours}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    done = check(tmp_path, "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "PUBLIC_URL", "EMAIL_URL"),
        *(name for name in GOOD if name.startswith(("VONAGE", "STRIPE"))),
    ],
)
def test_a_missing_setting_is_named_with_its_remedy(tmp_path: Path, name: str) -> None:
    done = check(tmp_path, **{name: ""})
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"{name} is not set: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("PORT", "http"),
        ("PUBLIC_URL", "anyroom.example"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/x"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("EMAIL_URL", "mail.example:25"),
        ("VONAGE_API_URL", "api.nexmo.com"),
        ("STRIPE_API_URL", "api.stripe.com"),
        ("VONAGE_PRIVATE_KEY", "/no/such/file.pem"),
        ("VONAGE_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "postgresql://u:p@h:abc/db"),
        ("EMAIL_URL", "smtp://h:abc"),
        ("REDIS_URL", "redis://h:abc/0"),
        ("PUBLIC_URL", "http://[x"),
        ("PUBLIC_URL", "https://anyroom.example/path"),
    ],
)
def test_a_malformed_setting_is_named_with_its_remedy(
    tmp_path: Path, name: str, value: str
) -> None:
    done = check(tmp_path, **{name: value})
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{name} ")
    assert "set it to" in line


def test_the_private_key_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "private").write_text(GOOD["VONAGE_PRIVATE_KEY"].replace("\\n", "\n"))
    done = check(tmp_path, VONAGE_PRIVATE_KEY=str(tmp_path / "private"))
    assert done.returncode == 0, done.stderr


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    done = check(tmp_path, SECRET_KEY="", PORT="x", EMAIL_URL="")
    assert len(done.stderr.strip().splitlines()) == 3


def test_the_demo_is_for_an_embedded_run_alone(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], **GOOD, "ANYROOM_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--json"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "embedded run alone" in done.stderr
    assert "Traceback" not in done.stderr
