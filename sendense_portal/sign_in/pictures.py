"""QR codes, drawn into the page itself: the content policy allows no ``data:`` pictures."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M


def qr_path(text: str) -> dict[str, object]:
    """``d`` of an SVG path in units of one module, and the ``size`` of the square with its quiet zone."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    dark = [(x, y) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark]
    return {"d": "".join(f"M{x} {y}h1v1h-1z" for x, y in dark), "size": len(matrix)}
