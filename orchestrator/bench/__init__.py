"""One run, from choice to rows."""
