"""Makes the sounds that callers hear: static/sounds/*.wav, from sines alone.

    python -m anyroom_site.make_sounds

Music while on hold or waiting, and chimes for who joins and leaves: 16 bits, mono, 8000 samples a
second, which is what a phone carries. Nothing is random, so the files come out the same each time.
"""

import math
import struct
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "static" / "sounds"
RATE = 8000
LOUDEST = 9000  # of 32767: a voice speaks over the music

# Four chords of six seconds each, as notes of a keyboard (60 is the middle C): C, A minor, F, G,
# each with its seventh or sixth, which keeps it calm.
CHORDS = ((48, 55, 64, 71), (45, 52, 60, 67), (41, 48, 57, 64), (43, 50, 59, 64))
BAR = 6.0
# When in a bar the upper notes are plucked, and which of the chord: up, and down again.
PLUCKS = ((0.0, 1), (0.75, 2), (1.5, 3), (2.25, 2), (3.0, 1), (3.75, 3), (4.5, 2), (5.25, 3))


@dataclass(frozen=True)
class Note:
    """Plucked at `at` seconds, it fades within about `lasts`; a pad swells, and fades as slowly."""

    at: float
    pitch: int
    lasts: float
    loud: float
    pad: bool = False


def hold_music() -> list[Note]:
    notes = []
    for bar, chord in enumerate(CHORDS):
        start = bar * BAR
        notes += [Note(start, pitch, BAR + 1, 0.5, pad=True) for pitch in chord[:3]]
        notes += [Note(start + at, chord[which] + 12, 2.5, 0.8) for at, which in PLUCKS]
    return notes


# Up for who comes, down for who goes: told apart over any voice, and short.
JOINED = [Note(0.0, 76, 0.35, 1.0), Note(0.13, 83, 0.5, 1.0)]
LEFT = [Note(0.0, 83, 0.35, 1.0), Note(0.13, 76, 0.5, 1.0)]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write(FOLDER / "hold.wav", samples(hold_music(), BAR * len(CHORDS)))
    write(FOLDER / "joined.wav", samples(JOINED, 0.8))
    write(FOLDER / "left.wav", samples(LEFT, 0.8))


def samples(notes: Iterable[Note], seconds: float) -> list[int]:
    """The notes together; what sounds on at the end sounds at the beginning, so it can go round."""
    length = round(seconds * RATE)
    mixed = [0.0] * length
    for note in notes:
        start = round(note.at * RATE)
        for n in range(round(note.lasts * RATE)):
            mixed[(start + n) % length] += note.loud * _sound(note, n / RATE)
    loudest = max(map(abs, mixed))
    return [round(LOUDEST * one / loudest) for one in mixed]


def _sound(note: Note, t: float) -> float:
    """A sine with two soft overtones, `t` seconds after its beginning."""
    if note.pad:
        shape = math.sin(math.pi * t / note.lasts) ** 2
    else:  # a few milliseconds to begin, so that it does not click
        ends = min(1.0, (note.lasts - t) / 0.05)
        shape = min(1.0, t / 0.008) * math.exp(-5 * t / note.lasts) * ends
    turn = 2 * math.pi * 440 * 2 ** ((note.pitch - 69) / 12) * t
    return shape * (math.sin(turn) + 0.3 * math.sin(2 * turn) + 0.1 * math.sin(3 * turn))


def write(path: Path, values: list[int]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(values)}h", *values))


if __name__ == "__main__":
    main()
