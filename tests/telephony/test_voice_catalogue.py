"""The catalogue of what is spoken: whole in every language, sound, and in step with the code."""

import gettext
import re
import shutil
import string
import subprocess
from pathlib import Path

import polib
import pytest
from django.conf import settings
from vonage_voice.models.ncco import Talk

from telephony import invite_flow, prompts, prompts_opening, voice

TRANSLATED = ["ru", "es", "de", "fr"]
LONGEST = 1500  # signs of a talk's text, by Vonage's NCCO reference
FILLED = 100  # signs that a name in a text may take
needs_gettext = pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext")


def catalogue(language: str) -> polib.POFile:
    folder = Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES"
    return polib.pofile(str(folder / "voice.po"))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def blanks(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def spoken() -> list[tuple[str, str]]:
    """Every text of every language."""
    english = [("en", text) for one in catalogue("ru") for text in (one.msgid, one.msgid_plural)]
    others = [
        (language, text)
        for language in TRANSLATED
        for one in catalogue(language)
        for text in texts(one)
    ]
    return [(language, text) for language, text in english + others if text]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_the_same_blanks(language: str) -> None:
    counts = {"ru": 4}.get(language, 2)
    entries = catalogue(language)
    assert len(entries) > 50
    for one in entries:
        assert not one.fuzzy, one.msgid
        assert not one.obsolete, one.msgid
        if one.msgid_plural:
            assert sorted(one.msgstr_plural) == list(range(counts)), one.msgid
        for form, text in enumerate(texts(one)):
            assert text, f"{one.msgid} has no text"
            wanted = blanks(one.msgid_plural or one.msgid)
            # The form for 1 may say the number as a word, where no other number has that form.
            if one.msgid_plural and form == 0 and language != "fr":
                assert blanks(text) | {"n"} == wanted | {"n"}, text
            else:
                assert blanks(text) == wanted, text


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_up_to_date(language: str) -> None:
    entries = catalogue(language)
    compiled = polib.mofile(str(Path(entries.fpath).with_suffix(".mo")))
    found = {(one.msgid, one.msgid_plural): texts(one) for one in compiled}
    wanted = {(one.msgid, one.msgid_plural): texts(one) for one in entries}
    assert found == wanted, "run `make messages`"
    assert compiled.metadata["Plural-Forms"] == entries.metadata["Plural-Forms"]


@needs_gettext
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_what_the_code_says(language: str, extracted: set[str]) -> None:
    found = {one.msgid for one in catalogue(language)}
    assert extracted - found == set(), "run `make messages` and translate"
    assert found - extracted == set(), "run `make messages`"


@needs_gettext
def test_what_is_left_out_as_a_name_is_the_name_of_a_prompt() -> None:
    recipe, _pipe, _names = _recipe().rpartition(" | msggrep ")
    left_out = {name for name in _extract(recipe) if re.fullmatch("[a-z_]+", name)}
    assert left_out <= {*prompts.TEXTS, *invite_flow.TEXTS, *prompts_opening.TEXTS}


@pytest.fixture(scope="module")
def extracted() -> set[str]:
    """The texts in the code, by the recipe of `make messages`."""
    found = _extract(_recipe())
    assert len(found) > 50
    assert prompts.TEXTS["welcome"] in found
    return found


def _recipe() -> str:
    makefile = (Path(settings.BASE_DIR) / "Makefile").read_text()
    recipe = re.search("^SPOKEN = (.*)$", makefile, re.MULTILINE)
    assert recipe
    return recipe[1].replace("$$", "$")


def _extract(recipe: str, folder: Path = settings.BASE_DIR) -> set[str]:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", recipe],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return {one.msgid for one in polib.pofile(done.stdout)}


@needs_gettext
def test_a_text_that_nobody_translated_is_seen(tmp_path: Path) -> None:
    (tmp_path / "telephony").mkdir()
    source = tmp_path / "telephony" / "new.py"
    source.write_text(
        "voice.say(language, 'A new text, {name}.', name=name)\n"
        "voice.plural(language, 'One is new.', '{n} are new.', n)\n"
        "NAMES = [N_('A marked one.'), prompts.say(language, 'first')]\n"
    )
    assert _extract(_recipe(), tmp_path) == {"A new text, {name}.", "One is new.", "A marked one."}


def test_every_text_is_one_that_vonage_says() -> None:
    for language, text in spoken():
        filled = text.format_map(dict.fromkeys(blanks(text), "x" * FILLED))
        assert len(prompts.slowly(filled)) <= LONGEST, text
        talk = Talk(text=filled, language=voice.voice(language))
        assert talk.text == filled
        assert "<" not in text
        assert "  " not in text


def test_russian_has_no_latin_look_alikes() -> None:
    for language, text in spoken():
        plain = re.sub(r"\{\w+\}", "", text)
        if language == "ru":
            assert not re.search("[A-Za-z]", plain), text
        else:
            assert not re.search("[А-я]", plain), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_is_never_in_a_form_that_says_another_number(language: str) -> None:
    """A form without {n} serves the one number that it says."""
    entries = catalogue(language)
    rule = gettext.c2py(entries.metadata["Plural-Forms"].partition("plural=")[2].rstrip(";"))
    for one in entries:
        for form, text in one.msgstr_plural.items():
            if "{n}" in one.msgid_plural and "{n}" not in text:
                assert [n for n in range(1000) if rule(n) == form] == [1], text
