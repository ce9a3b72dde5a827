"""Plans, runs and statements: how results become pay."""
