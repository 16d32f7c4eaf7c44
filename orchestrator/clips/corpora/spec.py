"""From what a user gives for --corpus to the corpus: a path of some form, or a name."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.cache.progress import Progress
from orchestrator.cache.sources import HubSource
from orchestrator.clips import languages
from orchestrator.clips.audio.clips import BUNDLED
from orchestrator.clips.audio.container import ENDINGS
from orchestrator.clips.corpora import catalogue, download
from orchestrator.clips.corpora.catalogue import Named
from orchestrator.clips.corpora.corpus import Corpus
from orchestrator.clips.corpora.entry import Known
from orchestrator.clips.corpora.folder import Folder
from orchestrator.clips.corpora.parquet import Parquet
from orchestrator.clips.corpora.rows import manifest, table
from orchestrator.clips.corpora.table import GIVEN, Listing
from orchestrator.errors import UsageError, did_you_mean

_COLUMNS = re.compile(r"(?P<path>.+?):(?P<pairs>\w+=[^=,]+(,\w+=[^=,]+)*)")
_TABLES = {".csv", ".tsv"}
_MANIFESTS = {".json", ".jsonl", ".ndjson"}
_LISTS = ("metadata.csv", "metadata.jsonl")
_FORMS = """\
a corpus is one of:
  a folder of recordings with a .txt beside each or a metadata.csv, or a LibriSpeech tree
  a table: FILE.tsv or FILE.csv, also Common Voice's; FILE.csv:audio=COLUMN,text=COLUMN
  a manifest: FILE.jsonl, an object a line with audio_filepath and text
  a name: {names}"""


def open_corpus(
    spec: str,
    *,
    language: str | None = None,
    references: bool = True,
    progress: Progress = lambda _doing, _fraction: None,
) -> Corpus:
    """Return the corpus that `spec` names, after fetching it where it comes from the network.

    A path that exists goes before a name. `language` is a code, of clips that do not say theirs;
    None where it is not known. Without `references` texts are left alone and none is missed.
    `progress` gets what is being done and how far it is, 0 to 1, None where unknown.

    Raises UsageError for what is neither, ConfigError for a file that cannot be read or lacks a
    column, ModelUnavailable and ModelError for what cannot be fetched.
    """
    path, given = _parsed(spec)
    code = languages.known(language or "")
    known = {"progress": progress, "language": code, "references": references}
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        return _folder(path, given, known)
    if os.path.isfile(path):  # noqa: PTH113 - the same
        return _file(path, given, known)
    if named := catalogue.find(spec, code):
        return _named(named, known)
    raise _unknown(spec)


def require(spec: str, language: str | None) -> bool:
    """Return whether a corpus is here; raise UsageError for what is neither a path nor a name."""
    path, _ = _parsed(spec)
    if os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a name is too long
        return True
    named = catalogue.find(spec, languages.known(language or ""))
    if named is None:
        raise _unknown(spec)
    return named.is_here


def _parsed(spec: str) -> tuple[Path, Mapping[str, str]]:
    """Split a path from the columns named behind it, unless that is a path as a whole."""
    if not spec.strip():
        raise _unknown(spec)
    match = _COLUMNS.fullmatch(spec)
    if match is None or os.path.exists(spec):  # noqa: PTH110 - Path.exists raises, see above
        return Path(spec).expanduser().absolute(), {}
    given = dict(pair.split("=") for pair in match["pairs"].split(","))
    if strange := given.keys() - set(GIVEN):
        what = f"--corpus {spec}: a column is named for {', '.join(sorted(strange))}"
        raise UsageError(what, f"columns are named for {', '.join(GIVEN)}")
    return Path(match["path"]).expanduser().absolute(), given


def _folder(path: Path, given: Mapping[str, str], known: dict[str, Any]) -> Corpus:
    if given:
        raise UsageError(f"{path} is a folder: it has no columns", "name the table in it")
    tables = sorted(path.glob("*.tsv")) if (path / "clips").is_dir() else []
    if tables:
        better = next((t for t in tables if t.name == "test.tsv"), tables[0])
        raise UsageError(f"{path} has several tables of clips", f"name one: --corpus {better}")
    # Hugging Face's audio folders, LJSpeech; where there are texts it is about something else.
    lists = [path / name for name in _LISTS if (path / name).is_file()]
    if lists and not any(path.glob("*.[tT][xX][tT]")):
        return replace(_file(lists[0], given, known), name=path.resolve().name)
    folder = Folder(path, known["references"])
    if folder.is_librispeech:
        known["language"] = known["language"] or "en"
        return Corpus(path.resolve().name, "librispeech", folder, **known)
    return Corpus(path.resolve().name, "folder", folder, **known)


def _file(path: Path, given: Mapping[str, str], known: dict[str, Any]) -> Corpus:
    suffix = path.suffix.lower()
    if suffix in ENDINGS:
        raise UsageError(f"{path} is a recording, no corpus", f"without --corpus: run {path}")
    if suffix not in _TABLES | _MANIFESTS:
        what = f"{path} is no corpus: a table ends in .tsv or .csv, a manifest in .jsonl"
        raise UsageError(what, _forms())
    kind, rows = ("table", table) if suffix in _TABLES else ("manifest", manifest)
    listing = Listing(path, rows, given, known["references"])
    listing.require_columns()
    return Corpus(path.name, kind, listing, **known)


def _named(named: Named, known: dict[str, Any]) -> Corpus:
    offer, name = named.offer, named.name
    known["language"] = named.language or known["language"]
    if offer.bundled:
        paths = [BUNDLED / file for file in offer.bundled]
        texts = {path: path.with_suffix(".txt").read_text("utf-8") for path in paths}
        return Corpus(name, "bundled", Known(texts, known["references"]), **known)
    if offer.source is None:
        raise UsageError(f"{name} cannot be fetched from here", offer.elsewhere)
    source, progress = offer.source, known["progress"]
    files, revision = download.have(name, source, offer.about_bytes or 0, progress)
    if isinstance(source, HubSource) and offer.columns:
        reader = Parquet(files, offer.columns, known["references"])
        return Corpus(name, "hub", reader, revision=revision, **known)
    texts = dict.fromkeys(files, offer.reference or "")
    return Corpus(name, "url", Known(texts, known["references"]), **known)


def _unknown(spec: str) -> UsageError:
    """Say what there is; a corpus that comes by language is named with the languages it has."""
    offer = catalogue.offers().get(spec)
    if offer and offer.configs:
        codes = ", ".join(offer.configs)
        what = f"{spec} has a corpus for each language: say which"
        return UsageError(what, f"--corpus {spec}-en, or --language; there are: {codes}")
    hint = did_you_mean(spec, catalogue.names())
    return UsageError(f"there is no corpus {spec!r}: no such file, no such name", hint + _forms())


def _forms() -> str:
    return _FORMS.format(names=", ".join(one.name for one in catalogue.listed()))
