"""The incentive rules in plain Python: no Django, no database, no clock. Decimals and dates in, explained amounts
out."""
