"""What the docs tell integrators is so: each example runs, and each address is named."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from anyroom_site.api import docs
from tests.processes.examples import START, Session, blocks
from tests.processes.installation import ROOT, Installation

DOCS = ROOT / "docs"
FILES = [*sorted((DOCS / "api").glob("*.md")), DOCS / "webhooks.md"]
pytestmark = pytest.mark.timeout(300)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
NAMED = re.compile(r"`(GET|POST|PATCH|DELETE) (/[^\s`?]*)")


@pytest.fixture(scope="module")
def read(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Path, "Future[None]"]]:
    """All files, read by a few readers side by side: they wait for calls most of the time."""
    key = json.loads(installation.manage("demo", "--json"))["api_key"]

    def work_through(file: Path) -> None:
        session = Session(installation, tmp_path_factory.mktemp("reader"), key)
        try:
            for block in blocks(file):
                session.run(block)
        finally:
            session.end()

    with ThreadPoolExecutor(4) as readers:
        yield {file: readers.submit(work_through, file) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_examples_run_as_they_are_written(file: Path, read: dict[Path, "Future[None]"]) -> None:
    read[file].result()


def test_there_are_examples_in_both_languages() -> None:
    kinds = [{block.kind for block in blocks(file)} for file in FILES]
    assert sum(kind == {"sh", "python"} for kind in kinds) >= 8


def test_links_lead_somewhere() -> None:
    dead = []
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]:
        for where, anchor in LINK.findall(page.read_text()):
            target = page.parent / where if where else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                dead.append(f"{page.relative_to(ROOT)}: {where}#{anchor}")
    assert dead == []


def anchors(page: Path) -> set[str]:
    """The names by which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_address_is_named_and_each_name_is_an_address() -> None:
    schema: dict[str, Any] = docs._schema("en")
    there = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method in methods
    }
    told = {match for file in FILES for match in NAMED.findall(file.read_text())}
    assert there - told == set(), "not in docs/api or docs/webhooks.md"
    assert told - there == set(), "in the docs alone"
    assert START in FILES
