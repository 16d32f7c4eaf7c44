"""Audio: files decoded once to 16 kHz mono float32, and the clips made of them."""
