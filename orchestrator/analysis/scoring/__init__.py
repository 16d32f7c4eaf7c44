"""Scoring: what a transcript got wrong, from texts alone."""
