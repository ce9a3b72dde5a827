"""What stands in a PDF document, as far as tests need it."""

import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
GLYPH = re.compile(rb"<[0-9a-fA-F]+>\s+<([0-9a-fA-F]{4,})>")


def characters(document: bytes) -> set[str]:
    """The characters that its embedded fonts can write: each font holds those the text has, and says which they are.

    A character that no font has is drawn as an empty box and is missing here.
    """
    found: set[str] = set()
    for stream in STREAM.findall(document):
        text = _unpacked(stream)
        if b"beginbfchar" in text:
            for code in GLYPH.findall(text):
                found.update(bytes.fromhex(code.decode()).decode("utf-16-be"))
    return found


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream
