"""What deserves attention, and where a period will land: plain Python."""
