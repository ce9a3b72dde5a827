"""The rules of goals in plain Python: attainment, targets, pace."""
