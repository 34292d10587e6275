"""How a run starts: with Stripe's keys, with the sandbox, or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from anyroom_site import keys
from tests.test_settings import GOOD, ROOT

STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_PRICE_ID")
SHOW = (
    "import django; django.setup(); from django.conf import settings as s; import json;"
    "print(json.dumps([s.BILLING_SANDBOX, s.STRIPE_SECRET_KEY, s.STRIPE_WEBHOOK_SECRET,"
    " s.STRIPE_PRICE_ID, s.STRIPE_API_URL, 'billing.sandbox' in s.INSTALLED_APPS]))"
)


def run(home: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    ours = {"ANYROOM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "anyroom_site.settings"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **dict.fromkeys(STRIPE, ""), **ours, **variables},
        capture_output=True,
        text=True,
    )


def settings_of(home: Path, **variables: str) -> list[object]:
    done = run(home, "-c", SHOW, **variables)
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_an_embedded_run_without_a_key_has_the_sandbox(tmp_path: Path) -> None:
    made = keys.make(tmp_path)
    secret = made["STRIPE_WEBHOOK_SECRET"]
    assert secret.startswith("whsec_")
    found = settings_of(tmp_path)
    assert found == [True, "sk_test_sandbox", secret, "price_sandbox", "", True]


def test_the_sandbox_signs_with_the_secret_that_is_set(tmp_path: Path) -> None:
    keys.make(tmp_path)
    assert settings_of(tmp_path, STRIPE_WEBHOOK_SECRET="whsec_mine")[2] == "whsec_mine"


def test_an_embedded_run_with_a_key_talks_to_stripe(tmp_path: Path) -> None:
    keys.make(tmp_path)
    given = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
    address = "http://127.0.0.1:12111"
    found = settings_of(tmp_path, STRIPE_PRICE_ID="price_1", STRIPE_API_URL=address, **given)
    assert found == [False, "sk_test_1", "whsec_1", "price_1", address, False]


def test_a_home_that_was_made_before_gets_what_it_lacks(tmp_path: Path) -> None:
    made = keys.make(tmp_path)
    old = {name: value for name, value in made.items() if not name.startswith("STRIPE")}
    (tmp_path / keys.FILE).write_text(json.dumps(old))
    first = settings_of(tmp_path)
    assert str(first[2]).startswith("whsec_")
    assert settings_of(tmp_path) == first
    kept = keys.load(tmp_path)
    assert kept
    assert kept == {**old, "STRIPE_WEBHOOK_SECRET": first[2]}
    assert (tmp_path / keys.FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", STRIPE)
def test_production_does_not_start_without_it(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, "manage.py", "check", **{**GOOD, name: ""})
    assert done.returncode != 0
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{name} is not set: ")


def test_setup_stripe_starts_without_what_it_makes(tmp_path: Path) -> None:
    given = {**GOOD, "STRIPE_WEBHOOK_SECRET": "", "STRIPE_PRICE_ID": ""}
    done = run(tmp_path, "manage.py", "setup_stripe", "--help", **given)
    assert done.returncode == 0, done.stderr


def test_a_developers_run_may_go_without_stripe(tmp_path: Path) -> None:
    given = {name: value for name, value in GOOD.items() if name not in STRIPE}
    done = run(tmp_path, "manage.py", "check", **given, DEBUG="1")
    assert done.returncode == 0, done.stderr


def test_secrets_of_a_trial_run_make_no_site_on_the_internet_a_sandbox(tmp_path: Path) -> None:
    keys.make(tmp_path)
    stripe = dict.fromkeys(STRIPE, "")
    done = run(tmp_path, "manage.py", "check", **{**GOOD, **stripe, "ANYROOM_HOME": str(tmp_path)})
    assert done.returncode != 0
    assert done.stderr.startswith("STRIPE_SECRET_KEY is not set")
