"""Runs the examples of the docs as they are written: a shell and a Python for each file.

A block ```sh refused (or ```python refused) is one that the API is meant to refuse. A block ```json
that follows one of these under the same heading is its last answer: it has the same keys, or fewer
where it says `"…": "…"`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes.installation import ROOT, Installation, kill_group

PARTS = re.compile(r"^(?:#+ [^\n]*|```(\w+)([ \w]*)\n(.*?)^```)$", re.M | re.S)
CURL = """#!/bin/sh
test -n "$REFUSED" && exec {curl} "$@"
exec {curl} --fail-with-body "$@"
"""
START = ROOT / "docs" / "api" / "README.md"


@dataclass(frozen=True)
class Block:
    """A piece of code of a file, and the answer that is shown after it, if one is."""

    file: Path
    line: int
    kind: str
    refused: bool
    code: str
    answer: Any = None

    def __str__(self) -> str:
        return f"{self.file.name}, line {self.line}"


def blocks(file: Path) -> Iterator[Block]:
    """What of the file is run, in order."""
    text = file.read_text()
    parts = list(PARTS.finditer(text))
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        if part[1] in ("sh", "python"):
            line = text.count("\n", 0, part.start()) + 1
            shown = json.loads(after[3]) if after and after[1] == "json" else None
            yield Block(file, line, part[1], "refused" in part[2], part[3], shown)


class Session:
    """What one reader does with one file of the docs, on an installation that runs."""

    def __init__(self, installation: Installation, folder: Path, key: str) -> None:
        self._installation, self._folder = installation, folder
        self._environment = {**installation.environment, "KEY": key, "URL": installation.url}
        self._environment["PATH"] = f"{self._tools()}:{os.environ['PATH']}"
        self._checkout()
        self._shell = self._start("bash")
        self._python = self._start(sys.executable, "-m", "tests.processes.example_python")
        self.in_shell("set -eo pipefail", refused=False)
        self.in_shell(next(blocks(START)).code, refused=False)

    def _tools(self) -> Path:
        """A curl that fails where it is refused."""
        tools = self._folder / "bin"
        tools.mkdir()
        (tools / "curl").write_text(CURL.format(curl=shutil.which("curl")))
        (tools / "curl").chmod(0o755)
        return tools

    def _checkout(self) -> None:
        """The source, in a folder of its own for the files that examples write."""
        self._home = self._folder / "anyroom"
        self._home.mkdir()
        for part in ROOT.iterdir():
            (self._home / part.name).symlink_to(part)

    def _start(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self._home,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # what it leaves behind ends with it
        )

    def run(self, block: Block) -> None:
        code = block.code
        for name, url in (
            ("8000", self._installation.url),
            ("8010", self._installation.phones_url),
            ("8030", f"http://localhost:{self._installation.ports['ASSISTANT_PORT']}"),
        ):
            code = code.replace(f"http://localhost:{name}", url)
        run = self.in_shell if block.kind == "sh" else self.in_python
        try:
            said = run(code, refused=block.refused)
            if block.refused:
                assert last_json(said)["status"] >= 400, said
            if block.answer is not None:
                check(block.answer, last_json(said))
        except AssertionError as wrong:
            raise AssertionError(f"{block}: {wrong}") from wrong

    def in_shell(self, code: str, *, refused: bool) -> str:
        """What it printed; the shell ends with the first command that fails."""
        file, out, err = (self._folder / name for name in ("block.sh", "out", "err"))
        file.write_text(code)
        run = f"export REFUSED={'1' * refused}; . {file} >{out} 2>{err} </dev/null; echo done\n"
        if self._ask(self._shell, run) != "done\n":
            raise AssertionError(f"failed:\n{out.read_text()}\n{err.read_text()}")
        return out.read_text()

    def in_python(self, code: str, *, refused: bool) -> str:
        told = json.loads(
            self._ask(self._python, json.dumps({"code": code, "refused": refused}) + "\n")
        )
        assert not told["error"], told["error"]
        return str(told["out"])

    def _ask(self, process: "subprocess.Popen[str]", text: str) -> str:
        assert process.stdin
        assert process.stdout
        process.stdin.write(text)
        process.stdin.flush()
        return process.stdout.readline()

    def end(self) -> None:
        for process in (self._shell, self._python):
            kill_group(process)
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


def last_json(said: str) -> Any:
    """The last JSON text of what was printed, one after the other."""
    decoder, found, at = json.JSONDecoder(), None, 0
    while match := re.compile(r"[{\[]").search(said, at):
        try:
            found, at = decoder.raw_decode(said, match.start())
        except ValueError:
            at = match.end()
    assert found is not None, f"no JSON in:\n{said}"
    return found


def check(shown: Any, real: Any, where: str = "the answer") -> None:
    """Raises AssertionError where the answer that is shown has another shape than the real one."""
    if isinstance(shown, dict):
        assert isinstance(real, dict), f"{where} is {real!r}"
        names = set(shown) - {"…"}
        missing = names - set(real)
        assert not missing, f"{where} has no {missing}; it has {set(real)}"
        assert "…" in shown or names == set(real), f"{where} has {set(real) - names}, too"
        for name in names:
            check(shown[name], real[name], f"{where}, {name}")
    elif isinstance(shown, list) and shown:
        assert isinstance(real, list), f"{where} is {real!r}"
        assert real, f"{where} is empty"
        check(shown[0], real[0], f"{where}, the first")
    elif shown is not None and real is not None:
        assert isinstance(real, type(shown)), f"{where} is {real!r}, not {shown!r}"
