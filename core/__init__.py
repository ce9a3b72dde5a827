"""Periods, money, errors, audit, outbox, jobs, imports and UI components. Knows no other app."""
