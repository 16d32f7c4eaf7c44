"""Corpora: recordings with what is said in them, from a user's disk or from the hub.

`open_corpus` turns what a user gives into a `Corpus`; `chosen` yields its clips, or a sample of
them, one at a time. What cannot be used comes as a `Fault` between them and costs only itself.

- spec.py: a path or a name, and what to say of neither
- corpus.py: entries checked, audio laid out as files, lengths, and samples (`--limit`)
- entry.py: what a reader yields. Readers: folder.py, table.py (over rows.py: CSV, TSV, JSON),
  parquet.py
- tally.py: what all clips come to: counts, languages, terms, faults
- catalogue.toml, read by catalogue.py; download.py has its files in the cache

A file belongs to a corpus if it lies in the corpus's own folder, through whatever links: a manifest
that came from elsewhere must not make anyone's files part of a result.
"""

from orchestrator.clips.corpora.catalogue import Listed, listed
from orchestrator.clips.corpora.corpus import Corpus, chosen
from orchestrator.clips.corpora.spec import open_corpus, require

__all__ = ["Corpus", "Listed", "chosen", "listed", "open_corpus", "require"]
