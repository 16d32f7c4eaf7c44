"""What the MLX backends share: where arrays are computed, in which precision, and whose weights."""

import ctypes
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from runners import openblas, serve
from runners.openblas import Missing, OpenBlas
from runners.protocol import Scalar
from runners.serve import BadModel, Options, Runner, Segment, Unsupported

_MIB = 1 << 20
# What glibc's mallopt calls M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD, in bytes.
_KEEPING = ((-3, 1024 * _MIB), (-1, 2048 * _MIB - 1), (-2, 64 * _MIB))

Blas = OpenBlas | Missing | None
"""What multiplies matrices on a CPU under Linux, or why MLX's own does; None elsewhere."""


def main(runner: Callable[[], Runner]) -> NoReturn:
    """Serve as every runner; `envs sync` makes OpenBLAS, else it is made here, before the clock."""
    with suppress(Missing):
        openblas.make()
    serve.main(runner)


def load_blas() -> Blas:
    """Load OpenBLAS where MLX needs it; to be called before anything imports MLX."""
    if sys.platform != "linux":
        return None
    _keep_memory()
    try:
        return OpenBlas()
    except Missing as reason:
        return reason


def _keep_memory() -> None:
    """Keep what is freed: MLX on a CPU allocates every array anew, and Linux clears each page."""
    with suppress(AttributeError):  # another C library than glibc
        mallopt = ctypes.CDLL(None).mallopt
        for name, value in _KEEPING:
            mallopt(name, value)


def require(options: Options, precisions: Collection[str]) -> None:
    """Raise Unsupported for a GPU that is not here, or a precision that is not among these."""
    import mlx.core as mx

    if options.device == "gpu" and not mx.is_available(mx.gpu):
        raise Unsupported("MLX finds no GPU on this machine")
    if options.precision not in (None, *precisions):
        raise Unsupported(
            f"precision {options.precision!r}: this backend computes in {' or '.join(precisions)};"
            " quantised weights are models of their own"
        )


def use_device(options: Options, blas: Blas) -> str:
    """Make MLX compute on "auto", "cpu" or "gpu", with the threads asked for; return its name."""
    import mlx.core as mx

    wish = options.device
    if isinstance(blas, OpenBlas):
        blas.threads = options.threads
    if wish != "auto":
        mx.set_default_device(mx.gpu if wish == "gpu" else mx.cpu)
    if mx.default_device() == mx.cpu:
        return "cpu"
    return "metal" if mx.metal.is_available() else "cuda"


def choose_dtype(wish: str | None, device: str, usual: str) -> Any:  # noqa: ANN401 - an mlx dtype
    """Return the MLX dtype asked for.

    By default it is the usual one, on a CPU float32: no BLAS knows the others.
    """
    import mlx.core as mx

    return getattr(mx, wish or ("float32" if device == "cpu" else usual))


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


def read_tokenizer(tokenizer: Any, network: Any) -> Callable[[str], int]:  # noqa: ANN401 - a module, an mlx module
    """Let the library read and keep its vocabulary, which its first transcription would do.

    Returns what counts the tokens of a text.
    """
    own = tokenizer.get_tokenizer(network.is_multilingual, num_languages=network.num_languages)
    own.encode("")
    return lambda text: len(own.encode(f" {text}"))


def check_names(model: Any, weights: Path) -> None:  # noqa: ANN401 - an mlx module
    """Raise BadModel unless the file has every tensor of the model: MLX leaves others random."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    wanted = {name for name, _ in tree_flatten(model.parameters())} - {"alignment_heads"}
    if missing := sorted(wanted - mx.load(str(weights)).keys()):
        raise BadModel(f"{weights} lacks {len(missing)} tensors, {missing[0]} first")


def describe(device: str, weight: Any, library: str, blas: Blas) -> dict[str, Scalar]:  # noqa: ANN401 - an array
    """Return what every MLX backend resolves."""
    return {
        "device": device,
        "compute_type": str(weight.dtype).removeprefix("mlx.core."),
        **computing(device, blas),
        "library": metadata.version(library),
        "mlx": metadata.version("mlx"),
    }


def computing(device: str, blas: Blas) -> dict[str, Scalar]:
    """Return the threads and the BLAS of a CPU: MLX itself computes in one thread."""
    match blas:
        case OpenBlas() if device == "cpu":
            return {"threads": blas.threads, "blas": blas.name}
        case Missing() if device == "cpu":
            return {"threads": 1, "blas": "reference", "blas_missing": str(blas)}
        case _:
            return {"threads": None}


def to_segments(found: Iterable[Mapping[str, Any]], text: str = "text") -> list[Segment]:
    """Return segments of what the Whisper ports answer, without those that they blanked.

    Their rule that timestamps never run backwards is inert: an end before its start is unknown.
    """
    return [
        Segment(float(s["start"]), float(s["end"]) if s["end"] >= s["start"] else None, s[text])
        for s in found
        if s[text].strip()
    ]
