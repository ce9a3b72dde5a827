"""Writes on the pipeline: imports, replays, credits, owners of accounts, and the facts that follow."""

from crm.services.credits import CreditChanges, keep_credits
from crm.services.facts import refresh_facts
from crm.services.imports import DEMO_DATA, import_crm, replay
from crm.services.owners import assign_owners
from crm.services.profiles import load_profile

__all__ = [
    "DEMO_DATA",
    "CreditChanges",
    "assign_owners",
    "import_crm",
    "keep_credits",
    "load_profile",
    "refresh_facts",
    "replay",
]
