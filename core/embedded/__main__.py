"""The program a keeper runs."""

import sys

from core.embedded.keeper import keep

keep(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
