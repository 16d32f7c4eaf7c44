"""What is said of a model: its page, the handbook of all, and the notes people wrote."""
