"""`python -m carrier` serves; `dial`, `answer` and `text` are phones of a running carrier."""

import argparse
import asyncio
import logging
import os
import sys
import warnings
from collections.abc import Sequence

from jwt.warnings import InsecureKeyLengthWarning

from carrier import answer, dial, text
from carrier.settings import SettingsError, read

TROUBLE = 2  # the exit status of a start that cannot be


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m carrier", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve the carrier (the default)")
    dial.add_arguments(commands.add_parser("dial", help="make a call and print what is heard"))
    answer.add_arguments(commands.add_parser("answer", help="wait for a call and pick it up"))
    text.add_arguments(commands.add_parser("text", help="send an SMS"))
    options = parser.parse_args(arguments)
    phones = {"dial": dial.run, "answer": answer.run, "text": text.run}
    return phones[options.command](options) if options.command in phones else serve()


def serve() -> int:
    """Serve with the settings of the environment."""
    from carrier.app import serve as serve_carrier  # late, so that `dial` starts quickly

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    # Vonage's signature secrets may be shorter than the 32 bytes that PyJWT asks for.
    warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)
    try:
        settings = read(os.environ)
    except SettingsError as error:
        print(f"carrier: {error}", file=sys.stderr)
        return TROUBLE
    try:
        asyncio.run(serve_carrier(settings))
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        remedy = "set CARRIER_PORT or CARRIER_HOST to another"
        print(f"carrier: cannot listen on {where} ({error.strerror}); {remedy}.", file=sys.stderr)
        return TROUBLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
