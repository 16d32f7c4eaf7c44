"""onnx-asr's Whisper: an encoder and a decoder as Optimum exports them, and what names tokens.

Files, inputs and outputs are what onnx_asr/models/whisper.py (its WhisperHf) reads: the decoder is
one file for the first tokens and for those that follow, which `use_cache_branch` tells apart. What
layers keep of the audio is given out with the first tokens alone; after that it is empty.
"""

from pathlib import Path

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import Checkpoint, write_json
from orchestrator.models.convert.onnx_file import Graph, Value
from orchestrator.models.convert.tokens import read_tokens
from orchestrator.models.convert.whisper_graph import Layers

FORMAT = Format(what="a folder of onnx-asr's", needs=("config.json", "*.onnx", "vocab.*"))
_KEPT = ("key", "value")


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write five files; raise BadCheckpoint when the tokenizer cannot be read."""
    folder.mkdir(exist_ok=True)
    tokens = read_tokens(checkpoint.folder)
    d = checkpoint.dimensions
    _encoder(checkpoint).write(folder / "encoder_model.onnx", {}, checkpoint.release)
    _decoder(checkpoint).write(folder / "decoder_model_merged.onnx", {}, checkpoint.release)
    write_json(folder / "config.json", {"model_type": "whisper", "num_mel_bins": d.n_mels})
    write_json(folder / "vocab.json", tokens.vocabulary)
    write_json(folder / "added_tokens.json", tokens.added)


def _encoder(checkpoint: Checkpoint) -> Graph:
    d = checkpoint.dimensions
    graph = Graph(inputs=[Value("input_features", (1, d.n_mels, "frames"))])
    states = Layers(graph, checkpoint, graph).encoder("input_features")
    graph.result("last_hidden_state", states, (1, "positions", d.n_audio_state))
    return graph


def _decoder(checkpoint: Checkpoint) -> Graph:
    d = checkpoint.dimensions
    kept = ("batch", d.n_text_head, "length", d.n_text_state // d.n_text_head)
    names = [
        f"{i}.{side}.{part}"
        for i in range(d.n_text_layer)
        for side in ("decoder", "encoder")
        for part in _KEPT
    ]
    graph = Graph(
        inputs=[
            Value("input_ids", (1, "n"), "int64"),
            Value("encoder_hidden_states", (1, "positions", d.n_text_state)),
            Value("use_cache_branch", (1,), "bool"),
            *(Value(f"past_key_values.{name}", kept) for name in names),
        ]
    )
    layers = Layers(graph, checkpoint, graph)
    offset = layers.length("past_key_values.0.decoder.key", axis=2)
    mask = layers.causal_mask("input_ids", offset)
    present: dict[str, str] = {}

    def attend(i: int, x: str) -> str:
        known = []
        for part in _KEPT:
            new = layers.heads(f"decoder.blocks.{i}.attn.{part}", x)
            known.append(_appended(graph, f"past_key_values.{i}.decoder.{part}", new))
            present[f"{i}.decoder.{part}"] = known[-1]
        query = layers.heads(f"decoder.blocks.{i}.attn.query", x)
        keys, values = known
        return layers.attention(query, keys, values, mask)

    def attend_cross(i: int, x: str) -> str:
        query = layers.heads(f"decoder.blocks.{i}.cross_attn.query", x)
        found, *now = _heard(layers, i, query)
        present.update({f"{i}.encoder.{part}": v for part, v in zip(_KEPT, now, strict=True)})
        return found

    logits = layers.decoder("input_ids", offset, attend, attend_cross)
    graph.result("logits", logits, (1, "n", d.n_vocab))
    for name in names:
        graph.result(f"present.{name}", present[name], kept)
    return graph


def _appended(graph: Graph, past: str, new: str) -> str:
    """Return the new after what is past; the first time nothing is, in a batch of none."""
    first, later = graph.part(), graph.part()
    first.give(first.add("Identity", new))
    later.give(later.add("Concat", past, new, axis=2))
    return graph.add("If", "use_cache_branch", then_branch=later, else_branch=first)


def _heard(layers: Layers, i: int, query: str) -> list[str]:
    """Return what a layer attends to of the audio, and the keys and values that it has to keep."""
    first, later = layers.part(), layers.part()
    new = [
        first.heads(f"decoder.blocks.{i}.cross_attn.{part}", "encoder_hidden_states")
        for part in _KEPT
    ]
    first.graph.give(first.attention(query, *new), *new)
    past = [f"past_key_values.{i}.encoder.{part}" for part in _KEPT]
    none = (later.graph.between(x, *(later.graph.constant([0]),) * 2, axis=0) for x in past)
    later.graph.give(later.attention(query, *past), *none)
    return layers.graph.add_many(
        "If", 3, "use_cache_branch", then_branch=later.graph, else_branch=first.graph
    )
