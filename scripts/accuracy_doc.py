"""Writes docs/records/accuracy.md from the runs kept in docs/records/accuracy/; `--check` compares.

`python scripts/accuracy_doc.py keep NAME results/RUN` keeps another run, as human-LANGUAGE,
robustness (or robustness-2 ... for other backends), languages, hour or thousand. Of the page's
parts those are written whose runs are kept.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

from accuracy_figures import figures
from accuracy_kept import Kept, keep

from orchestrator.errors import CleanroomError
from orchestrator.runs.folder import RunFolder

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "records" / "accuracy.md"
KEPT = ROOT / "docs" / "records" / "accuracy"
TEMPLATE = Path(__file__).with_name("accuracy.md.in")
BENCHMARKS = ROOT / "benchmarks" / "README.md"


def page(runs: Mapping[str, Kept]) -> str:
    """Return the page; a part, from heading to heading, is left out where a figure is lacking."""
    found = figures(runs, BENCHMARKS.read_text("utf-8"))
    parts = TEMPLATE.read_text("utf-8").split("\n#")
    there = (part for part in parts if set(Template(part).get_identifiers()) <= found.keys())
    return Template("\n#".join(there)).substitute(found)


def _keep(name: str, folder: RunFolder) -> None:
    try:
        summary = folder.summary()
        if summary is None:
            sys.exit(f"{folder.path} has no summary: there is no run, or it is not finished")
        document = keep(folder, summary).model_dump_json(by_alias=True, indent=1)
    except CleanroomError as error:
        sys.exit(f"{error}\n  {error.fix}")
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.json").write_text(document + "\n", "utf-8")


def main() -> None:
    """Keep a run, check the page, or write it."""
    match sys.argv[1:]:
        case ["keep", name, run]:
            _keep(name, RunFolder(Path(run)))
        case [] | ["--check"]:
            pass
        case _:
            sys.exit(__doc__)
    runs = {
        path.stem.replace("-", "_"): Kept.model_validate_json(path.read_bytes())
        for path in sorted(KEPT.glob("*.json"))
    }
    fresh = page(runs)
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != fresh:
        sys.exit(f"{PAGE.relative_to(ROOT)} is out of date: python scripts/accuracy_doc.py")


if __name__ == "__main__":
    main()
