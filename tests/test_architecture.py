"""Imports go down only; docs/architecture.md draws the same floors, and this compares the two."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each package and what it may import of ours.
MAY_IMPORT: dict[str, set[str]] = {
    "anyroom_site": {"anyroom_site", "telephony", "billing", "rooms"},
    "telephony": {"telephony", "rooms"},
    "billing": {"billing", "rooms"},
    "rooms": {"rooms"},
    "carrier": {"carrier"},
}
OURS = set(MAY_IMPORT) | {"tests", "bench"}
# Inside the core: what stands lower knows nothing of what stands higher.
CORE_FLOORS = [
    {"rooms.calls", "rooms.ids", "rooms.phones", "rooms.sealing", "rooms.sms", "rooms.text"},
    {"rooms.accounts", "rooms.rest"},
    {"rooms.models", "rooms.access_codes"},
    {"rooms.conferences", "rooms.changes"},
    {"rooms.notices"},
    {"rooms.meetings"},
]
VENDORS = {
    "vonage": ("telephony/vonage/",),
    "stripe": ("billing/stripe_gateway.py", "billing/sandbox/"),
}


def sources() -> list[Path]:
    return [
        path
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]


def imported(path: Path) -> Iterator[str]:
    """Every module that the file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it goes"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_there_are_sources() -> None:
    assert len(sources()) > 50


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = {module.split(".")[0] for module in imported(path)} & OURS
    assert ours <= MAY_IMPORT[package], f"{package} may not import {ours - MAY_IMPORT[package]}"


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendor_is_known_in_one_place(vendor: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in sources()
        if not str(path.relative_to(ROOT)).startswith("carrier/")
        for module in imported(path)
        if re.match(rf"{vendor}(_\w+)?(\.|$)", module)
    }
    assert all(name.startswith(VENDORS[vendor]) for name in found), found


def test_the_carrier_knows_no_django() -> None:
    for path in (ROOT / "carrier").rglob("*.py"):
        assert not any(module.split(".")[0] == "django" for module in imported(path)), path


def test_the_assistant_knows_the_api_alone() -> None:
    """It asks with its caller's key: what it cannot import, it cannot pass by."""
    for path in (ROOT / "anyroom_site" / "assistant").rglob("*.py"):
        ours = {module for module in imported(path) if module.split(".")[0] in OURS}
        beside = {module for module in ours if not module.startswith("anyroom_site.assistant")}
        allowed = {"anyroom_site", "anyroom_site.parent", "anyroom_site.parent.end_with_parent"}
        assert {module for module in beside if module not in allowed} == set(), path


def _floor(module: str) -> int | None:
    for number, names in enumerate(CORE_FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return number
    return None


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if path.is_relative_to(ROOT / "rooms")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_core_has_floors_too(path: Path) -> None:
    own = _floor(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if own is None:
        return  # pages, forms and urls of rooms stand on all floors
    for module in imported(path):
        other = _floor(module)
        assert other is None or other <= own, f"{path.name} imports {module}"


def test_the_picture_agrees() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text()
    drawn: dict[str, set[str]] = {}
    for line in picture.splitlines():
        if match := re.match(r"(\w+)/ +.*imports: ([\w, ]+)$", line):
            drawn[match[1]] = {name.strip() for name in match[2].split(",")} - {"nothing"}
    assert drawn == {package: below - {package} for package, below in MAY_IMPORT.items()}
