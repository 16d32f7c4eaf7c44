"""Writes docs/models.md from the records and notes of every backend; `--check` compares."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "models.md"


def main() -> None:
    """Write or check the page."""
    # A mirror in use here must not show on a page that others read.
    os.environ.pop("HF_ENDPOINT", None)
    from orchestrator import backends  # noqa: PLC0415 - after the environment is settled
    from orchestrator.models.pages.handbook import handbook  # noqa: PLC0415 - the same

    fresh = handbook(backends.discover(ROOT / "envs"), PAGE.parent)
    if "--check" not in sys.argv:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(fresh, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != fresh:
        sys.exit("docs/models.md is not what the records say: python scripts/models_doc.py")


if __name__ == "__main__":
    main()
