"""People, teams, levels, roles: who works where, since when, and who may see whom."""
