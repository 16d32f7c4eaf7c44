"""Clips shared out among machines: each is somebody's, some are everybody's, loads are even."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import HOST, clip

from orchestrator.bench import selection
from orchestrator.bench.events import Watcher
from orchestrator.errors import UsageError
from orchestrator.fleet import controller, shares
from orchestrator.runs import suite
from orchestrator.runs.schema.fleet import FleetRun, Member


@given(
    st.lists(st.floats(0.1, 3600), min_size=1, max_size=60), st.integers(min_value=1, max_value=9)
)
def test_every_clip_is_transcribed(seconds: list[float], machines: int) -> None:
    """By one machine, or by all: and each list is in the order of the corpus."""
    out = shares.shared(seconds, machines)
    assert len(out) == machines
    everywhere = set.intersection(*map(set, out))
    assert len(everywhere) >= 1
    counted = [number for share in out for number in share if number not in everywhere]
    assert sorted([*counted, *everywhere]) == list(range(len(seconds)))
    assert all(share == sorted(share) for share in out)


def test_loads_are_even() -> None:
    """As long as there are short clips to even them out."""
    seconds = [60.0 / number for number in range(1, 200)]
    loads = [sum(seconds[number] for number in share) for share in shares.shared(seconds, 4)]
    assert max(loads) / min(loads) < 1.05


@pytest.mark.parametrize("shared", [True, False])
def test_what_is_sent_is_what_is_listed(tmp_path: Path, shared: bool) -> None:  # noqa: FBT001
    """A machine gets its own clips' files, under their hashes, and the list of them."""
    clips = [clip(f"c{n}", sha256=f"{n:064x}", seconds=float(n + 1)) for n in range(12)]
    shares.keep(tmp_path, clips)
    members = tuple(Member(id=f"{n:012x}", name=f"m{n}", host=HOST) for n in range(2))
    run = FleetRun(
        id="f", version="1", code="c", suite="{}", source=("x", "files", None), digest="",
        shared=shared, members=members,
    )  # fmt: skip
    shares.list_out(tmp_path, run)
    own = [set(shares.sent(tmp_path, member.name)[1]) for member in members]
    audio = [{name for name in names if name.endswith(".wav")} for names in own]
    assert len(audio[0] | audio[1]) == len(clips)
    assert (audio[0] == audio[1]) is not shared
    assert [len(names) - len(files) for names, files in zip(own, audio, strict=True)] == [1, 1]


def test_clips_that_come_with_the_program_are_not_sent(tmp_path: Path) -> None:
    """There is no list."""
    assert shares.sent(tmp_path, "m0") == ("", {})


@pytest.mark.parametrize(
    "line", ['local = { base = "/models/base" }', 'noise = [20]\nnoise_kinds = ["cafe.wav"]']
)
def test_what_is_not_sent_is_refused(tmp_path: Path, line: str, own_cache: Path) -> None:
    """Before anything is gathered: weights and noises of this machine are not on the others."""
    del own_cache
    (tmp_path / "cafe.wav").touch()
    file = tmp_path / "engines.toml"
    file.write_text(f'[suite]\n{line}\n[[contender]]\nbackend = ["faster-whisper"]\n', "utf-8")
    whole = suite.read(file)
    options = selection.options_of(whole, str(file))
    with pytest.raises(UsageError, match="is on this machine"):
        controller.plan(tmp_path / "run", whole, options, Watcher())
    assert not (tmp_path / "run").exists()
