#!/usr/bin/env python3
"""Django's command line. Without DATABASE_URL it uses the data folder of this checkout and servers of its own there."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from core import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam_portal.settings")
    if not os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_URL_FILE"):
        os.environ.setdefault("KAM_ENV", "local")
    if os.environ.get("KAM_ENV") == "local":
        try:
            embedded.provide(Path(os.environ.get("KAM_DATA_DIR") or Path(__file__).resolve().parent / ".data"))
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
