"""QR codes as the path of an SVG, so that a page or document draws one without a picture from elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QrPath:
    """`path` draws the dark squares, each 1 x 1, in a view box of `size` x `size`, its quiet edge included."""

    path: str
    size: int


def qr_path(text: str) -> QrPath:
    """The code of a text. A quarter of it may be damaged or covered."""
    import qrcode  # noqa: PLC0415  (only for those who draw one)
    from qrcode.constants import ERROR_CORRECT_Q  # noqa: PLC0415

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrPath("".join(squares), len(rows))
