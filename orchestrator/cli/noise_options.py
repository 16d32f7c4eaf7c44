"""The options of `run` that say how clips are made hard to hear, as a suite has them."""

from typing import Annotated, TypedDict

import typer

from orchestrator.cli import values
from orchestrator.cli.run_options import hear

Noise = Annotated[
    str | None,
    hear(
        metavar="20,10,0",
        help="Also measure word error rate in noise, at these signal-to-noise ratios in dB.",
    ),
]
NoiseKind = Annotated[
    list[str] | None,
    hear(
        metavar="NAME|FILE",
        help="Kind of noise: babble, street, white, or a recording; may be repeated [all three].",
    ),
]
Reverb = Annotated[
    str | None,
    hear(
        metavar="0.3,0.6",
        help="Also measure word error rate in rooms with these reverberation times in seconds.",
    ),
]


class Asked(TypedDict):
    """The keys of a suite for them."""

    noise: tuple[float, ...]
    noise_kinds: tuple[str, ...]
    reverb: tuple[float, ...]


def asked(noise: str | None, kinds: list[str] | None, reverb: str | None, *, other: bool) -> Asked:
    """Return what the options say; `other` is what leaves no clips to be heard again."""
    values.refuse(
        (
            "--noise-kind needs --noise with the levels, such as --noise 20,10,0",
            kinds and not noise,
        ),
        (
            "--noise and --reverb do not go with --robustness or --sustain",
            (noise or reverb) and other,
        ),
    )
    return Asked(
        noise=_numbers("--noise", noise, (-20.0, 60.0)),
        noise_kinds=values.listed(kinds or ()),
        reverb=_numbers("--reverb", reverb, (0.1, 10.0)),
    )


def _numbers(option: str, text: str | None, ends: tuple[float, float]) -> tuple[float, ...]:
    """Return the numbers of a comma list; those out of range are refused."""
    found = []
    for value in values.listed(() if text is None else [text]):
        try:
            number = float(value)
        except ValueError:
            raise typer.BadParameter(f"{option}: {value!r} is not a number") from None
        if not ends[0] <= number <= ends[1]:
            low, high = ends
            raise typer.BadParameter(f"{option}: {value} is not from {low:g} to {high:g}")
        found.append(number)
    return tuple(found)
