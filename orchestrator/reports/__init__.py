"""A result as terminal output, HTML, Markdown, CSV or JSON."""
