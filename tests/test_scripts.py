"""Scripts and benchmarks: what they need and do not find is a sentence, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROMPTS = "import prompts; prompts.TEXTS = '/nowhere/{0}.gz'; prompts.main()"
CALLED = (
    "from benchmarks.program import finished; finished(['/bin/sh', '-c', 'echo no >&2; exit 3'])"
)
MISSING = "from benchmarks.program import finished; finished(['/nowhere/python'])"
APT = "apt-get install asterisk-core-sounds-{en,es,fr,it,ru}{,-g722}"
SOUNDS = "/usr/share/asterisk/sounds/en/*.g722"


@pytest.mark.parametrize(
    ("code", "ended", "said"),
    [
        (PROMPTS, 1, f"/nowhere/en.gz or {SOUNDS} is missing: {APT}\n"),
        (CALLED, 3, "no\n"),
        (MISSING, 1, "/nowhere/python does not exist\n"),
    ],
    ids=["Debian's prompts", "a script has said it", "no such program"],
)
def test_what_is_missing_is_said_in_a_sentence(
    tmp_path: Path, code: str, ended: int, said: str
) -> None:
    """And nothing is written or removed before."""
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'scripts')!r}]; {code}"
    done = subprocess.run(
        [sys.executable, "-c", code, "made"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (ended, "", said)
    assert not list(tmp_path.iterdir())
