"""Robustness: recordings that engines stumble over."""
