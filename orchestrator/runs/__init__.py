"""A stored run: schema, folder, reading, finding, sharing."""
