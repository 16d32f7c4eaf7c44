"""openai-whisper: under `--parity` its text is that of two ports, word by word."""

import json
import subprocess
import sys
from pathlib import Path

import kaldialign  # type: ignore[import-untyped]
import pytest

from orchestrator.places import PACKAGE

PORTS = ("whisper-mps", "insanely-fast-whisper")
CLIP = PACKAGE / "clips" / "audio" / "bundled" / "far.flac"


@pytest.mark.torch
@pytest.mark.timeout(900)
def test_its_text_under_parity_is_that_of_the_ports(tmp_path: Path) -> None:
    """Within a word in a hundred, on a clip where zeros behind the audio change several."""
    asked = ["--parity", "--blocks", "1", "--repeats", "1", "--threads", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "run", str(CLIP), *asked]
        + [word for name in ("openai-whisper", *PORTS) for word in ("-b", name)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = {line["contender"]: line for line in json.loads(done.stdout)["contenders"]}
    assert lines["openai-whisper"]["resolved"]["padding"] == "silence"
    texts = {name: line["transcripts"][0]["text"].split() for name, line in lines.items()}
    reference = texts["openai-whisper"]
    assert len(reference) > 30
    for port in PORTS:
        assert kaldialign.edit_distance(reference, texts[port])["total"] <= len(reference) / 100
