"""What the MLX backends share: where arrays are computed, in which precision, and whose weights."""

from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from runners.protocol import Scalar
from runners.serve import BadModel, Segment, Unsupported


def use_device(wish: str) -> str:
    """Make MLX compute on "auto", "cpu" or "gpu"; return its name, Unsupported if there is none."""
    import mlx.core as mx

    if wish == "gpu" and not mx.is_available(mx.gpu):
        raise Unsupported("MLX finds no GPU on this machine")
    if wish != "auto":
        mx.set_default_device(mx.gpu if wish == "gpu" else mx.cpu)
    if mx.default_device() == mx.cpu:
        return "cpu"
    return "metal" if mx.metal.is_available() else "cuda"


def choose_dtype(wish: str | None, *names: str) -> Any:  # noqa: ANN401 - an mlx dtype
    """Return the MLX dtype asked for, the first name by default; raise Unsupported for another."""
    import mlx.core as mx

    if wish not in (None, *names):
        raise Unsupported(
            f"precision {wish!r}: this backend computes in {' or '.join(names)}; "
            "quantised weights are models of their own"
        )
    return getattr(mx, wish or names[0])


def cast(model: Any, dtype: Any) -> None:  # noqa: ANN401 - an mlx module and dtype
    """Bring every floating weight to one precision, in memory before the clock runs.

    The Whisper ports fail on float32 weights where they expect float16.
    """
    import mlx.core as mx
    from mlx.utils import tree_map

    def convert(array: Any) -> Any:  # noqa: ANN401 - an mlx array
        return array.astype(dtype) if mx.issubdtype(array.dtype, mx.floating) else array

    model.update(tree_map(convert, model.parameters()))
    mx.eval(model.parameters())


def check_names(model: Any, weights: Path) -> None:  # noqa: ANN401 - an mlx module
    """Raise BadModel unless the file has every tensor of the model: MLX leaves others random."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    wanted = {name for name, _ in tree_flatten(model.parameters())} - {"alignment_heads"}
    if missing := sorted(wanted - mx.load(str(weights)).keys()):
        raise BadModel(f"{weights} lacks {len(missing)} tensors, {missing[0]} first")


def describe(device: str, weight: Any, library: str) -> dict[str, Scalar]:  # noqa: ANN401 - an array
    """Return what every MLX backend resolves; MLX offers no say over threads."""
    return {
        "device": device,
        "compute_type": str(weight.dtype).removeprefix("mlx.core."),
        "threads": None,
        "library": metadata.version(library),
        "mlx": metadata.version("mlx"),
    }


def to_segments(found: Iterable[Mapping[str, Any]], text: str = "text") -> list[Segment]:
    """Return segments of what the Whisper ports answer, without those that they blanked.

    Their rule that timestamps never run backwards is inert: an end before its start is unknown.
    """
    return [
        Segment(float(s["start"]), float(s["end"]) if s["end"] >= s["start"] else None, s[text])
        for s in found
        if s[text].strip()
    ]
