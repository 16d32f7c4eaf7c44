"""What the runners of ONNX models find out without their libraries: kinds, precision, parts."""

import json
from pathlib import Path

import numpy as np
import pytest

from orchestrator.clips.audio.samples import Samples
from orchestrator.models.convert.onnx_file import Graph, Value
from runners import onnx_asr
from runners.onnx_support import (
    Heard,
    OnnxFile,
    in_parts,
    require_precision,
    timed_words,
    untold_language,
)
from runners.protocol import Segment
from runners.serve import BadModel, Unsupported
from runners.sherpa_onnx import WHISPER_PROPERTIES, Folder

RATE = 16_000
WHISPER = dict.fromkeys(WHISPER_PROPERTIES, "1") | {"model_type": "whisper-tiny"}


def write(path: Path, operator: str = "Relu", **properties: str) -> Path:
    """Write a network of one node, and what it says of itself."""
    graph = Graph(inputs=[Value("x", (1, "n"))])
    graph.result("y", graph.add(operator, "x"), (1, "n"))
    graph.half("weight", np.zeros((20, 20), np.float16))
    graph.write(path, properties, lambda: None)
    return path


def folder_of(folder: Path, *names: str, **properties: str) -> Path:
    """Write the files of a model, all with the same properties."""
    for name in names:
        write(folder / name, **properties)
    (folder / "tokens.txt").write_text("a 0\n\N{LOWER ONE EIGHTH BLOCK}b 1\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("operator", "precision"), [("Relu", "float32"), ("DynamicQuantizeLinear", "int8")]
)
def test_a_file_tells_its_properties_and_precision(
    operator: str, precision: str, tmp_path: Path
) -> None:
    """Whole numbers are what an operator computes in, whatever the file is called."""
    file = OnnxFile(write(tmp_path / "x.onnx", operator, model_type="lstm", T="9"))
    assert file.properties == {"model_type": "lstm", "T": "9"}
    assert file.precision == precision


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_file_is_no_model(share: float, tmp_path: Path) -> None:
    """Wherever it is cut; and neither is what is no ONNX file."""
    path = write(tmp_path / "x.onnx")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BadModel, match="no whole ONNX file"):
        OnnxFile(path)
    path.write_bytes(b"# notes\n" * 100)
    with pytest.raises(BadModel, match="no whole ONNX file"):
        OnnxFile(path)


def test_long_audio_is_heard_in_equal_parts() -> None:
    """None is longer than the model takes or a scrap; times are those of the whole."""
    heard: list[float] = []

    def hear(part: Samples) -> Heard:
        heard.append(len(part) / RATE)
        return Heard(f" part {len(heard)}", (" part", " one"), (0.5, 1.0))

    result = in_parts(np.zeros(61 * RATE, np.float32), 30.0, hear, "en", words=True)
    assert heard == pytest.approx([61 / 3] * 3, abs=1e-3)
    assert result.text == "part 1 part 2 part 3"
    assert [s.start for s in result.segments] == pytest.approx([0, 61 / 3, 122 / 3], abs=1e-3)
    assert result.segments[-1].end == 61
    assert result.words is not None
    assert [w.text for w in result.words] == [" part", " one"] * 3
    assert [w.start for w in result.words[:3]] == pytest.approx([0.5, 1.0, 0.5 + 61 / 3], abs=1e-3)
    assert result.words[1].end == result.segments[0].end
    assert result.first_segment_seconds is not None


def test_a_short_clip_is_one_part_and_silence_no_segment() -> None:
    """Segments that a model gives itself are kept, inside the part."""
    clip = np.zeros(RATE, np.float32)
    assert in_parts(clip, 30.0, lambda _: Heard(""), None, words=False).segments == []
    own = (Segment(0.0, 0.4, "a"), Segment(0.4, 2.0, "b"))
    heard = Heard("a b", segments=own, language="de")
    result = in_parts(clip, 30.0, lambda _: heard, None, words=False)
    assert result.language == "de"
    assert result.segments == [Segment(0.0, 0.4, "a"), Segment(0.4, 1.0, "b")]
    assert result.first_segment_seconds is None


def test_a_token_lasts_as_long_as_the_model_says() -> None:
    """Else a word would reach over the pause behind it; none is longer than the clip."""
    heard = Heard("a be", (" a", " b", "e"), (0.0, 0.5, 0.6), (0.1, 0.1, 0.9))
    assert timed_words(heard, 2.0, 3.0) == [Segment(2.0, 2.1, " a"), Segment(2.5, 3.0, " be")]
    unknown = timed_words(heard._replace(lengths=()), 2.0, 3.0)
    assert unknown == [Segment(2.0, 2.5, " a"), Segment(2.5, 3.0, " be")]


def test_a_vocabulary_of_english_letters_is_english() -> None:
    """Such a model may be told so and nothing else; of others it is not known what they can."""
    assert untold_language("en", "\N{LOWER ONE EIGHTH BLOCK}the 1\ns 2\n") == "en"
    with pytest.raises(Unsupported, match="cannot transcribe 'de'"):
        untold_language("de", "a 1\n")
    assert untold_language(None, "a 1\n\N{LATIN SMALL LETTER U WITH DIAERESIS} 2\n") is None
    with pytest.raises(Unsupported, match="cannot be told"):
        untold_language("de", "a 1\n\N{LATIN SMALL LETTER U WITH DIAERESIS} 2\n")


def test_a_precision_is_the_files_own() -> None:
    """Before the weights are here, any that there is may be asked for."""
    require_precision("int8", None)
    require_precision("int8", "int8")
    for wish, own in (("int8", "float32"), ("float16", None)):
        with pytest.raises(Unsupported, match="precision"):
            require_precision(wish, own)


TRIO = ("encoder.int8.onnx", "decoder.int8.onnx", "joiner.int8.onnx")
MOONSHINE = ("preprocess.onnx", "encode.onnx", "uncached_decode.onnx", "cached_decode.onnx")


@pytest.mark.parametrize(
    ("names", "properties", "factory"),
    [
        (("tiny-encoder.onnx", "tiny-decoder.onnx"), WHISPER, "from_whisper"),
        (TRIO, {"model_type": "EncDecRNNTBPEModel"}, "from_transducer"),
        (TRIO, {"model_type": "zipformer2"}, "from_transducer"),
        (TRIO[:2], {"model_type": "EncDecMultiTaskModel"}, "from_nemo_canary"),
        (MOONSHINE, {}, "from_moonshine"),
        (("model.int8.onnx",), {"model_type": "sense_voice_ctc"}, "from_sense_voice"),
        (("model.int8.onnx",), {"model_type": "EncDecCTCModelBPE"}, "from_nemo_ctc"),
    ],
)
def test_sherpa_makes_the_kind_of_model_that_a_folder_is(
    names: tuple[str, ...], properties: dict[str, str], factory: str, tmp_path: Path
) -> None:
    """By which files there are, and by what the first of them says."""
    found = Folder(folder_of(tmp_path, *names, **properties))
    assert found.kind.factory == factory
    assert {Path(path).name for path in found.files.values()} == {*names, "tokens.txt"}
    assert set(found.kind.told) <= {"language", "src_lang", "tgt_lang"}
    nemo = properties.get("model_type", "").startswith("EncDec") and len(names) == len(TRIO)
    assert found.kind.fixed == ({"model_type": "nemo_transducer"} if nemo else {})


def test_sherpa_is_spared_what_ends_its_process(tmp_path: Path) -> None:
    """A missing property, two precisions at once, a model that streams, files of another kind."""
    for name, names, properties, complaint in (
        ("less", ("encoder.onnx", "decoder.onnx"), {"model_type": "whisper"}, "lacks the prop"),
        ("both", (*TRIO, "encoder.onnx"), {}, "more than one"),
        ("stream", TRIO, {"decode_chunk_len": "32"}, "sherpa-onnx-streaming"),
        ("other", ("encoder.onnx",), {}, "has not the files"),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(BadModel, match=complaint):
            Folder(folder_of(tmp_path / name, *names, **properties))


def test_sherpa_tells_whisper_a_language_that_it_knows(tmp_path: Path) -> None:
    """The encoder lists them."""
    properties = WHISPER | {"is_multilingual": "1", "all_language_codes": "en,de"}
    found = Folder(folder_of(tmp_path, "encoder.onnx", "decoder.onnx", **properties))
    assert found.language("de") == "de"
    assert found.language(None) is None
    with pytest.raises(Unsupported, match="no language 'fr'"):
        found.language("fr")


def test_onnx_asr_knows_the_kind_and_its_languages(tmp_path: Path) -> None:
    """By config.json, or what GigaAM's files are called; an English-only Whisper is refused."""
    (tmp_path / "config.json").write_text('{"model_type": "whisper"}', encoding="utf-8")
    (tmp_path / "vocab.json").write_text('{"a": 0}', encoding="utf-8")
    tokens = tmp_path / "added_tokens.json"
    tokens.write_text(json.dumps({"<|endoftext|>": 50_257, "<|en|>": 50_259}), encoding="utf-8")
    assert onnx_asr.kind_of(tmp_path) == "whisper"
    assert onnx_asr.language_for("en", tmp_path, "whisper") == "en"
    with pytest.raises(Unsupported, match="no language 'xx'"):
        onnx_asr.language_for("xx", tmp_path, "whisper")
    tokens.write_text(json.dumps({"<|endoftext|>": 50_256}), encoding="utf-8")
    with pytest.raises(Unsupported, match="one of many languages"):
        onnx_asr.language_for("en", tmp_path, "whisper")
    write(tmp_path / "v3_e2e_rnnt_encoder.int8.onnx")
    assert onnx_asr.kind_of(tmp_path) == "gigaam-v3-e2e-rnnt"


def test_onnx_asr_has_canary_told_the_language(tmp_path: Path) -> None:
    """Its vocabulary has a token for each; without one it would write English."""
    (tmp_path / "vocab.txt").write_text("<|en|> 0\n<|de|> 1\n", encoding="utf-8")
    assert onnx_asr.language_for("de", tmp_path, "nemo-conformer-aed") == "de"
    with pytest.raises(Unsupported, match="has to be told"):
        onnx_asr.language_for(None, tmp_path, "nemo-conformer-aed")
