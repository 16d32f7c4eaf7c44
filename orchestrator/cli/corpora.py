"""`corpora`: the corpora that go by a name."""

from orchestrator.cli import consoles

EPILOG = "Example:  corpora; then  run --all --corpus test-clean --limit 100"


def corpora() -> None:
    """List the corpora that --corpus knows by name: language, size, licence, whether they are here.

    Any folder, table or manifest is a corpus too: see `run --help` and the README.
    """
    from orchestrator.clips.corpora import listed
    from orchestrator.reports.terminal import listings

    listings.corpora(listed(), consoles.stdout())
