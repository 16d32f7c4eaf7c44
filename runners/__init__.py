"""The runners: one module a backend, run inside that backend's own environment."""
