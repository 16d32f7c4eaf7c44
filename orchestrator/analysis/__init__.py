"""From stored rows to numbers and verdicts; nothing is run."""
