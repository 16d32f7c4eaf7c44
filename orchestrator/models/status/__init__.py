"""How models stand on this disk."""
