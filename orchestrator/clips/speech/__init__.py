"""Speech from text: clips with their references, made by a synthetic voice in its environment."""
