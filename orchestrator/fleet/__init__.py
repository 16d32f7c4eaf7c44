"""A fleet: the same suite, measured on many machines, each by itself; results by chip."""
