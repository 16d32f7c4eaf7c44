"""Models: what exists, where it comes from, how it is made here, and where it lies on disk."""
