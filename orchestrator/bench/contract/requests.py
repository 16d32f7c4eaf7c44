"""Checks of what a runner is asked to load: weights that are none, options that it lacks."""

from collections.abc import Iterator
from pathlib import Path

from orchestrator.bench.contract.rig import Broken, Inapplicable, Rig
from orchestrator.errors import Refused
from runners.protocol import Options, Scalar

_LOAD_SECONDS = 120.0  # weights that are none: longer is hanging
_TRIED = 3  # settings whose wrong values are put to `load`, which may take long
_NO_SUCH = "no-such-thing"
_BLAME = (
    "in `load`, name missing files with `require_files` and wrap what reads weights in"
    " `with blaming(model):` (runners/settings.py); look first at what would crash the library"
)


def refuses_missing_weights(rig: Rig) -> str:
    """Name a path where nothing is."""
    return _refuses_weights(rig, "a path where nothing is", rig.folder / "nothing" / rig.model.name)


def refuses_damaged_weights(rig: Rig) -> str:
    """Name weights whose largest file is cut short, then is noise."""
    said = [_refuses_weights(rig, what, path) for what, path in rig.damaged()]
    return said[0]


def refuses_other_folders(rig: Rig) -> str:
    """Name a folder of something else."""
    place = rig.folder / "other"
    place.mkdir()
    (place / "README.md").write_text("no model\n", "utf-8")
    return _refuses_weights(rig, "a folder of something else", place)


def _refuses_weights(rig: Rig, what: str, path: Path) -> str:
    """Return what it says of wrong weights; it has to live on and load the right ones."""
    with rig.runner(load_seconds=_LOAD_SECONDS) as worker:
        try:
            worker.load(path, rig.options)
        except Refused as error:
            if error.kind != "bad-model":
                first = str(error).splitlines()[0]
                raise Broken(f"{what}: it answers `{error.kind}`: {first}", _BLAME) from error
            said = str(error).splitlines()[0]
        else:
            raise Broken(f"{what}: it says that these are loaded", _BLAME)
        worker.load(rig.model, rig.options)
    return said.replace(f"{rig.folder}/", "")


def refuses_unknown_settings(rig: Rig) -> str:
    """Ask for a setting that no library has."""
    return _refuses(rig, f"a setting {_NO_SUCH!r}", rig.with_options(extra={_NO_SUCH: 1}))


def refuses_wrong_types(rig: Rig) -> str:
    """Give a text where a setting is a number or true or false."""
    typed = [name for name, value in _settings(rig).items() if isinstance(value, int | float)]
    if not typed:
        raise Inapplicable("it has no setting that is a number, or true or false")
    said = ""
    for name in typed[:_TRIED]:
        said = _refuses(rig, f"{name}={_NO_SUCH!r}", rig.with_options(extra={name: _NO_SUCH}))
    return said


def refuses_unknown_precisions(rig: Rig) -> str:
    """Ask for a precision that there is not."""
    return _refuses(rig, f"precision {_NO_SUCH!r}", rig.with_options(precision=_NO_SUCH))


def refuses_unknown_languages(rig: Rig) -> str:
    """Ask for a language that there is not."""
    if not rig.backend.language:
        raise Inapplicable("it is never told a language (`language = false`)")
    return _refuses(rig, f"language {_NO_SUCH!r}", rig.with_options(language=_NO_SUCH))


def _refuses(rig: Rig, what: str, options: Options) -> str:
    """Return what it says to an option that it cannot honour."""
    with rig.runner() as worker:
        try:
            worker.load(rig.model, options)
        except Refused as error:
            if error.kind != "unsupported":
                raise Broken(
                    f"{what}: it answers `{error.kind}`: {error}",
                    'raise Unsupported("...") before the library sees the option',
                ) from error
            return str(error)
    raise Broken(
        f"{what}: it loads as if nothing had been asked",
        'in `load`, check settings with `with_extra`, and raise Unsupported("...") for what else'
        " cannot be honoured: an option is never ignored",
    )


def honours_devices(rig: Rig) -> str:
    """Ask for the GPU, then for the CPU: each is what computes, or refused."""
    said = []
    for wish in ("gpu", "cpu"):
        with rig.runner() as worker:
            try:
                loaded, _ = worker.load(rig.model, rig.with_options(device=wish))
            except Refused as error:
                if error.kind != "unsupported":
                    raise
                said.append(f"{wish}: {error}")
                continue
            device = loaded.resolved.get("device")
        if (device == "cpu") != (wish == "cpu"):
            raise Broken(
                f"asked for the {wish}, it says that {device!r} computes",
                'compute there, or raise Unsupported("...") in `load`; `resolved` tells where',
            )
        said.append(f"{wish}: {device}")
    return "; ".join(said)


def tells_what_runs(rig: Rig) -> str:
    """Look for device, precision and version in `resolved`, and for a setting that is changed."""
    with rig.loaded() as (_, loaded):
        resolved = loaded.resolved
    for name in ("device", "compute_type", "library"):
        if not isinstance(resolved.get(name), str):
            raise Broken(f"`resolved` has no {name}", f"have `load` return {name}, as a text")
    _tells_settings(rig)
    return f"{resolved['device']} {resolved['compute_type']}, version {resolved['library']}"


def _tells_settings(rig: Rig) -> None:
    """Change the first setting that can be, and look for it in `resolved`."""
    for name, value in _changed(_settings(rig)):
        with rig.runner() as worker:
            try:
                loaded, _ = worker.load(rig.model, rig.with_options(extra={name: value}))
            except Refused:
                continue  # there are reasons against a value; other settings have none
        if loaded.resolved.get(name) != value:
            told = loaded.resolved.get(name, "nothing")
            raise Broken(
                f"with {name}={value!r} set, `resolved` tells {told!r} of it",
                "have `load` return `**reported(settings, options.extra)` with the rest",
            )
        return


def _changed(settings: dict[str, Scalar]) -> Iterator[tuple[str, Scalar]]:
    """Yield settings with another value of the same type, the plain numbers first."""
    for name, value in settings.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, value + 1
    for name, value in settings.items():
        if isinstance(value, bool):
            yield name, not value


def _settings(rig: Rig) -> dict[str, Scalar]:
    """Return the settings that it says it has."""
    with rig.runner() as worker:
        return worker.describe(rig.options)
