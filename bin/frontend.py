"""Lays the served files of the npm packages under static/vendor, as frontend.json says. Standard library only.

`files` are copied, without the comments that point to source maps, which are not served. `icons` become one SVG sprite.
The folder is built aside and swapped in, so that an interrupted run leaves the last good one.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*$")
ICON = re.compile(r"<svg[^>]*>(?P<shapes>.*)</svg>", re.DOTALL)
EMPTY_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class Icons(TypedDict):
    """The icons that are used, and the sprite's file."""

    folder: str
    to: str
    names: list[str]


class Manifest(TypedDict):
    """frontend.json: file in node_modules -> file under static/vendor; icons."""

    files: dict[str, str]
    icons: Icons


def lay_out(manifest: Manifest, target: Path) -> None:
    """Copy the files and write the sprite into `target`."""
    for source, name in manifest["files"].items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(SOURCE_MAP.sub(b"\n", (PACKAGES / source).read_bytes()))
    icons = manifest["icons"]
    drawn = {name: PACKAGES / icons["folder"] / f"{name}.svg" for name in sorted(set(icons["names"]))}
    symbols = [symbol(name, path.read_text(encoding="utf-8")) for name, path in drawn.items()]
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (target / icons["to"]).write_text(sprite, encoding="utf-8")


def symbol(name: str, svg: str) -> str:
    """The icon as a <symbol>, without the outer attributes and the empty box every Tabler icon starts with."""
    found = ICON.search(svg)
    if not found:
        raise SystemExit(f"The icon {name} is not an SVG file as expected.")
    shapes = " ".join(EMPTY_BOX.sub("", found["shapes"]).split())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def main() -> None:
    manifest = json.loads((ROOT / "frontend.json").read_text(encoding="utf-8"))
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        lay_out(manifest, fresh)
    except FileNotFoundError as error:
        sys.exit(f"frontend.json names a file that its package does not have: {error.filename}")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


if __name__ == "__main__":
    main()
