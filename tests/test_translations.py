"""The Russian catalogue: whole, sound, and in step with the code."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings as site
from django.core.management import call_command

CATALOGUE = Path(site.BASE_DIR) / "locale/ru/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAG = re.compile(r"<[^>]+>")
Key = tuple[str | None, str, str]


def _entries(path: Path = CATALOGUE) -> dict[Key, polib.POEntry]:
    return {(one.msgctxt, one.msgid, one.msgid_plural): one for one in polib.pofile(str(path))}


def _texts(one: polib.POEntry) -> list[str]:
    return list(one.msgstr_plural.values()) if one.msgid_plural else [one.msgstr]


def test_every_message_has_a_russian_text() -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    assert len(catalogue) > 400
    assert not catalogue.metadata_is_fuzzy
    for one in catalogue:
        assert not one.fuzzy, one.msgid
        assert not one.obsolete, one.msgid
        assert all(_texts(one)), one.msgid
        if one.msgid_plural:
            assert sorted(one.msgstr_plural) == [0, 1, 2, 3], one.msgid


@pytest.mark.parametrize("pattern", [PLACEHOLDER, TAG], ids=["placeholders", "tags"])
def test_what_is_filled_in_and_marked_up_is_the_same(pattern: re.Pattern[str]) -> None:
    for one in polib.pofile(str(CATALOGUE)):
        wanted = sorted(pattern.findall(one.msgid_plural or one.msgid))
        for text in _texts(one):
            assert sorted(pattern.findall(text)) == wanted, one.msgid


def test_russian_is_set_as_russian() -> None:
    """Quotes are «ёлочки», dashes are long, and no letter is a Latin look-alike."""
    mixed = re.compile(r"[а-яё][a-z]|[a-z][а-яё]", re.IGNORECASE)
    for one in polib.pofile(str(CATALOGUE)):
        for text in _texts(one):
            plain = PLACEHOLDER.sub("0", TAG.sub("", text))
            assert not re.search("[“”„\"']| - |--", plain), text
            assert not mixed.search(plain), text


def test_the_compiled_catalogue_is_up_to_date() -> None:
    def content(file: Any) -> dict[Key, list[str]]:
        return {(one.msgctxt, one.msgid, one.msgid_plural): _texts(one) for one in file}

    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert content(compiled) == content(polib.pofile(str(CATALOGUE))), "run `make messages`"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext's xgettext")
def test_the_catalogue_holds_what_the_code_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A fresh extraction, by the recipe of `make messages`, in a folder of links to the sources."""
    for source in Path(site.BASE_DIR).iterdir():
        if source.is_dir() and source.name != "locale" and not source.name.startswith("."):
            (tmp_path / source.name).symlink_to(source)
    (tmp_path / "locale").mkdir()
    recipe = (Path(site.BASE_DIR) / "Makefile").read_text()
    options = re.search("manage.py makemessages (.*)", recipe)
    assert options
    settings.LOCALE_PATHS = []
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", *shlex.split(options[1]), "--symlinks", verbosity=0)
    fresh = set(_entries(tmp_path / "locale/ru/LC_MESSAGES/django.po"))
    assert len(fresh) > 400
    assert fresh - set(_entries()) == set(), "run `make messages` and translate"
    assert set(_entries()) - fresh == set(), "run `make messages`"
