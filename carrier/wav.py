"""Writes a WAV file of any length: silence that takes no room on the disk, and soft tones."""

import math
import struct
from array import array
from functools import cache
from pathlib import Path
from typing import BinaryIO

RATE = 8000  # samples a second, 16 bits each, one channel
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
LONGEST = 12 * 3600  # seconds; a WAV file may hold 4 GB, which is 74 hours
TONE = 0.25  # seconds
SOFT = 3000  # of 32767
PITCHES = (262, 294, 330, 392, 440, 523, 587, 659)  # hertz: tones that go well together


def write(path: Path, seconds: float, tones: list[float]) -> int:
    """Write 16-bit mono sound of 8 kHz; its size in bytes.

    `tones` are seconds from the beginning, at each of which a soft tone is heard. The rest is
    silence: a hole in the file, so hours of it are written at once. Raises OSError.
    """
    samples = round(min(max(seconds, 0.0), LONGEST) * RATE)
    size = samples * 2
    with path.open("wb") as file:
        file.write(_header(size))
        file.truncate(HEADER.size + size)
        for number, at in enumerate(tones):
            _put(file, round(at * RATE), samples, _tone(PITCHES[number % len(PITCHES)]))
    return HEADER.size + size


def _header(size: int) -> bytes:
    return HEADER.pack(
        *(b"RIFF", HEADER.size - 8 + size, b"WAVE", b"fmt ", 16),
        *(1, 1, RATE, RATE * 2, 2, 16),  # PCM, one channel, bytes a second and a sample, bits
        *(b"data", size),
    )


def _put(file: BinaryIO, at: int, samples: int, tone: bytes) -> None:
    room = max(0, samples - at) * 2
    file.seek(HEADER.size + at * 2)
    file.write(tone[:room])


@cache
def _tone(pitch: int) -> bytes:
    """A tone that swells and fades, little-endian whatever the machine."""
    length = int(TONE * RATE)
    sound = array("h")
    for n in range(length):
        swell = math.sin(math.pi * n / length)
        sound.append(int(SOFT * swell * math.sin(2 * math.pi * pitch * n / RATE)))
    return struct.pack(f"<{length}h", *sound)
