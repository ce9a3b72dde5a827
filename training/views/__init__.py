"""Pages of one-on-ones: the list, a person's tab, the note, the cadence."""
