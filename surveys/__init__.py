"""Customer satisfaction: the floor where surveys will live."""
