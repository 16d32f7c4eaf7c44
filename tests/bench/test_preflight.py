"""What a compiled model is known by: all that has CoreML compile it again, and nothing else."""

from orchestrator.backends import discover
from orchestrator.backends.environments import swift
from orchestrator.bench.preflight import mark
from runners.protocol import Options

WHISPERKIT = {b.name: b for b in discover()}["whisperkit"]


def test_what_chooses_the_units_is_part_of_the_mark() -> None:
    """Another program, system, model, device or unit compiles again; another temperature not."""
    plain = Options()
    gpu = Options(extra={"audioEncoderCompute": "cpuAndGPU"})
    seen = [
        mark(WHISPERKIT, "build", "weights", plain),
        mark(WHISPERKIT, "another build", "weights", plain),
        mark(WHISPERKIT, "build", "other weights", plain),
        mark(WHISPERKIT, "build", "weights", Options(device="gpu")),
        mark(WHISPERKIT, "build", "weights", gpu),
        mark(WHISPERKIT, "build", "weights", Options(extra={"textDecoderCompute": "cpuAndGPU"})),
    ]
    assert len(set(seen)) == len(seen)
    warmer = Options(extra={"audioEncoderCompute": "cpuAndGPU", "temperature": 0.5})
    assert mark(WHISPERKIT, "build", "weights", warmer) == seen[4]


def test_settings_of_compute_units_are_those_that_the_runners_have() -> None:
    """What `compiled_for` names, the adapter takes: each name stands in its Swift sources."""
    for backend in discover():
        sources = (swift.PACKAGE / "Sources").glob(f"{backend.library}Adapter/*.swift")
        text = "".join(path.read_text("utf-8") for path in sources)
        assert all(f'"{name}"' in text for name in backend.compiled_for)
