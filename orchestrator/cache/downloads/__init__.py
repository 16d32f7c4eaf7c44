"""Where weights come from: the hub, a URL, packages, the user's own folders."""
