"""The rules of coaching in plain Python: how a promise is typed, when a talk is due, what the GROW labels are."""
