"""Private files: recordings and uploaded sounds, in the storage named `recordings`.

No address of the storage is given to anybody: pages and the API answer with `response`, which
knows ranges, so that a player can jump.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

log = logging.getLogger(__name__)
CHUNK = 64 * 1024
RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@dataclass(frozen=True)
class Format:
    content_type: str
    ending: str


WAV = Format("audio/wav", "wav")
MP3 = Format("audio/mpeg", "mp3")


def format_of(head: bytes) -> Format | None:
    """What sound a file holds that begins with these bytes (12 are enough); None for anything else.

    An MP3 begins with an ID3 tag or with a frame: eleven bits set, then its version, layer III.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return MP3 if head[:3] == b"ID3" or frame else None


def storage() -> Storage:
    return storages["recordings"]


def keep(name: str, content: IO[bytes]) -> None:
    """Store the file under this name, in place of one that is there."""
    storage().save(name, File(content))


def erase(name: str) -> None:
    """Delete the file; one that is gone stays gone."""
    storage().delete(name)


def erased(name: str) -> bool:
    """Erase the file if the storage lets us; why not, is in the log."""
    try:
        erase(name)
    except Exception:  # every storage has errors of its own
        log.exception("file %s could not be erased", name)
        return False
    return True


def response(
    request: HttpRequest, name: str, *, size: int, content_type: str, download: str = ""
) -> HttpResponseBase:
    """The file, or the range of it that is asked for; 416 where it has no such bytes.

    With `download`, browsers keep it under that name instead of playing it. Raises OSError where
    the file cannot be read.
    """
    tag = f'"{name}"'  # a file is never changed
    current = request.headers.get("If-Range", tag) == tag
    wanted = _range(request.headers.get("Range", ""), size) if current else None
    if wanted is not None and not wanted:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = wanted or range(size)
    body = iter(()) if request.method == "HEAD" or not part else _read(name, part)
    answer = StreamingHttpResponse(body, status=206 if wanted else 200, content_type=content_type)
    answer["Content-Length"] = str(len(part))
    if wanted:
        answer["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    if download:
        answer["Content-Disposition"] = content_disposition_header(True, download) or "attachment"
    return answer


def _range(header: str, size: int) -> range | None:
    """The bytes that are asked for, none of them where there are none such; None for all.

    Several ranges at once, or what cannot be read, may be answered with all (RFC 9110, 14.2).
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last or size), size - 1) + 1)


def _read(name: str, part: range) -> Iterator[bytes]:
    """The bytes of the file, which is opened before the first of them is asked for."""
    store: Any = storage()
    if hasattr(store, "bucket"):  # S3: its own file object would fetch the whole first
        return _from_bucket(store, name, part)
    file = store.open(name)
    file.seek(part.start)
    return _Chunks(file, len(part))


def _from_bucket(store: Any, name: str, part: range) -> Iterator[bytes]:
    # It ships no types, and takes a while to import.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        span = f"bytes={part.start}-{part.stop - 1}"
        body = store.bucket.Object(name).get(Range=span)["Body"]
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the store does not give {name}: {error}") from error
    return _Chunks(body, len(part))


class _Chunks:
    """The next `left` bytes of a file, which is closed with the response, read or not."""

    def __init__(self, file: Any, left: int) -> None:
        self._file = file
        self._left = left

    def __iter__(self) -> "_Chunks":
        return self

    def __next__(self) -> bytes:
        chunk: bytes = self._file.read(min(CHUNK, self._left)) if self._left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()
