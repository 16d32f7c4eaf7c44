"""Reports: the terminal's live progress and its table."""
