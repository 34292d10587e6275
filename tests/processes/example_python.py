"""The Python of a reader of the docs: blocks come as lines of JSON, share one namespace, and a
request that the API refuses fails where nobody meant it to be refused."""

import contextlib
import io
import json
import sys
import traceback
from typing import Any

import requests

refusals_are_meant = False
_send = requests.Session.send


def _checked(self: requests.Session, request: Any, **options: Any) -> requests.Response:
    answer = _send(self, request, **options)
    if answer.status_code >= 400 and not refusals_are_meant:
        raise AssertionError(f"{request.method} {request.url}: {answer.status_code} {answer.text}")
    return answer


requests.Session.send = _checked  # type: ignore[method-assign]
namespace: dict[str, Any] = {"__name__": "__main__"}
for line in sys.stdin:
    block = json.loads(line)
    refusals_are_meant = block["refused"]
    error, out = "", io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(block["code"], namespace)  # noqa: S102
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps({"out": out.getvalue(), "error": error}), flush=True)
