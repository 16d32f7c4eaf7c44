"""Downloads in a process of their own: listed, resumed, verified."""
