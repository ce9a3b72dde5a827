"""KPI definitions, sources, targets and results."""
