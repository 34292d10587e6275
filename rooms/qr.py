"""QR codes as the path of an SVG picture."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4


def path(text: str) -> tuple[str, int]:
    """The `d` of a path that draws the code of `text`, and the side of its square view box."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on)
    return "".join(squares), len(rows)
