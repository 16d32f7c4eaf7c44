"""Verified files, fetched once."""
