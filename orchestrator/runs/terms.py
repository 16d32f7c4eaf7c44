"""Lists of terms as people write them: one a line, what else counts as right behind a bar."""

from collections.abc import Iterable
from pathlib import Path

from orchestrator import files
from orchestrator.errors import ConfigError, UsageError, unread
from orchestrator.runs.schema.terms import Term

MOST = 10_000
_LARGEST_FILE = 1 << 20
_FIX = "write one a line, with what else counts as right behind a bar: Kubernetes | k8s"


def read(path: Path) -> tuple[Term, ...]:
    """Read a file of terms; raise UsageError where there is none, ConfigError with its line."""
    try:
        text = files.read_text(path, _LARGEST_FILE)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", unread(error)) from error
    return parsed(text.splitlines(), str(path))


def parsed(lines: Iterable[str], where: str, *, none: bool = False) -> tuple[Term, ...]:
    """Return the terms of lines; an empty one, and one that begins with #, says nothing.

    Raises ConfigError where a line names no term, where something counts as two of them, where
    there are too many, and where there are none, unless that may be.
    """
    terms: list[Term] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        forms = [" ".join(form.split()) for form in line.split("|")]
        if not all(forms):
            raise ConfigError(f"{where}, line {number}: nothing stands beside a bar", _FIX)
        terms.append(Term(name=forms[0], variants=tuple(forms[1:])))
    if not terms and not none:
        raise ConfigError(f"{where} has no term", _FIX)
    if len(terms) > MOST:
        raise ConfigError(f"{where} has {len(terms):,} terms: {MOST:,} are the most", "shorten it")
    return merged(terms, where)


def merged(terms: Iterable[Term], where: str) -> tuple[Term, ...]:
    """Return each term once, with all that counts as it; raise ConfigError for two that overlap."""
    forms: dict[str, dict[str, None]] = {}  # of each term, by its name in small letters
    for term in terms:
        forms.setdefault(term.name.casefold(), {}).update(dict.fromkeys(term.forms))
    owner: dict[str, str] = {}
    for name, own in forms.items():
        for form in own:
            if (other := owner.setdefault(form.casefold(), name)) != name:
                two = f"{next(iter(forms[other]))} and {next(iter(own))}"
                raise ConfigError(
                    f"{where}: {form!r} counts as two terms, {two}", "leave it at one of them"
                )
    return tuple(_term(own) for own in forms.values())


def _term(forms: Iterable[str]) -> Term:
    name, *variants = forms
    return Term(name=name, variants=tuple(variants))
