"""sherpa-onnx's Whisper: `*-encoder.onnx`, `*-decoder.onnx` and `*-tokens.txt`.

Inputs, outputs and metadata are what sherpa-onnx/csrc/offline-whisper-model.cc reads: the encoder
gives the keys and values of all cross-attentions, for any length of audio, and the decoder takes a
window of all past keys and values and returns it with the new ones in place. The tokens' bytes are
written in base64.
"""

import base64
from collections.abc import Iterable
from pathlib import Path

from orchestrator.models.convert import Format
from orchestrator.models.convert.checkpoint import BadCheckpoint, Checkpoint
from orchestrator.models.convert.onnx_file import Graph, Value
from orchestrator.models.convert.tokens import END_OF_TEXT, START, Tokens, read_tokens
from orchestrator.models.convert.whisper_graph import Layers

FORMAT = Format(what="a folder of sherpa-onnx's", needs=("*tokens.txt", "*.onnx"))
_SPACE = "\u0120"  # how GPT-2's alphabet spells it
_SHORT = {"k": "key", "v": "value"}
_SILENCE = ("<|nospeech|>", "<|nocaptions|>")


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the three files; raise BadCheckpoint when the tokenizer cannot be read."""
    folder.mkdir(exist_ok=True)
    tokens = read_tokens(checkpoint.folder)
    metadata = _metadata(checkpoint, tokens)
    _encoder(checkpoint).write(folder / "whisper-encoder.onnx", metadata, checkpoint.release)
    _decoder(checkpoint).write(folder / "whisper-decoder.onnx", {}, checkpoint.release)
    lines = (f"{base64.b64encode(t).decode()} {at}\n" for at, t in enumerate(tokens.spelled()))
    (folder / "whisper-tokens.txt").write_text("".join(lines), encoding="ascii")


def _metadata(checkpoint: Checkpoint, tokens: Tokens) -> dict[str, object]:
    d = checkpoint.dimensions
    languages = {token.strip("<|>"): at for token, at in tokens.languages().items()}
    begin = [tokens.id(START)]
    if d.multilingual:
        begin += [languages.get("en", begin[0] + 1), tokens.id("<|transcribe|>")]
    silence = next((tokens.id(name) for name in _SILENCE if name in tokens.added), None)
    if silence is None or _SPACE not in tokens.vocabulary:
        raise BadCheckpoint(f"{tokens.path}: no token for silence, or none for a space")
    return {
        "model_type": "whisper",
        **vars(d),
        "is_multilingual": int(d.multilingual),
        "all_language_codes": ",".join(languages),
        "all_language_tokens": _joined(languages.values()),
        "sot_sequence": _joined(begin),
        "sot": begin[0],
        "eot": tokens.id(END_OF_TEXT),
        "blank_id": tokens.vocabulary[_SPACE],
        "no_speech": silence,
        "no_timestamps": tokens.id("<|notimestamps|>"),
        "transcribe": tokens.id("<|transcribe|>"),
        "translate": tokens.id("<|translate|>"),
        "sot_lm": tokens.id("<|startoflm|>"),
        "sot_prev": tokens.id("<|startofprev|>"),
    }


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _encoder(checkpoint: Checkpoint) -> Graph:
    """Return the encoder, and the keys and values that each layer of the decoder makes of it."""
    d = checkpoint.dimensions
    graph = Graph(inputs=[Value("mel", (1, d.n_mels, "frames"))])
    layers = Layers(graph, checkpoint, graph)
    states = layers.encoder("mel")
    shape = (d.n_text_layer, 1, "positions", d.n_text_state)
    for short, part in _SHORT.items():
        each = (f"decoder.blocks.{i}.cross_attn.{part}" for i in range(d.n_text_layer))
        stacked = _stacked(graph, [layers.linear(name, states) for name in each])
        graph.result(f"n_layer_cross_{short}", stacked, shape)
    return graph


def _decoder(checkpoint: Checkpoint) -> Graph:
    """Return the decoder; what it keeps of past tokens has a place for every token there can be."""
    d = checkpoint.dimensions
    window = (d.n_text_layer, 1, d.n_text_ctx, d.n_text_state)
    states = (d.n_text_layer, 1, "positions", d.n_text_state)
    graph = Graph(
        inputs=[
            Value("tokens", (1, "n"), "int64"),
            *(Value(f"in_n_layer_self_{short}_cache", window) for short in _SHORT),
            *(Value(f"n_layer_cross_{short}", states) for short in _SHORT),
            Value("offset", (1,), "int64"),
        ]
    )
    layers = Layers(graph, checkpoint, graph)
    mask = layers.causal_mask("tokens", "offset")
    end = graph.add("Add", "offset", layers.length("tokens"))
    kept: dict[str, list[str]] = {short: [] for short in _SHORT}

    def attend(i: int, x: str) -> str:
        known = []
        for short, part in _SHORT.items():
            before = _layer(graph, f"in_n_layer_self_{short}_cache", i)
            past = graph.between(before, graph.constant([0]), "offset", axis=1)
            new = layers.linear(f"decoder.blocks.{i}.attn.{part}", x)
            known.append(graph.add("Concat", past, new, axis=1))
            rest = graph.between(before, end, graph.constant([d.n_text_ctx]), axis=1)
            kept[short].append(graph.add("Concat", known[-1], rest, axis=1))
        query = layers.heads(f"decoder.blocks.{i}.attn.query", x)
        keys, values = map(layers.apart, known)
        return layers.attention(query, keys, values, mask)

    def attend_cross(i: int, x: str) -> str:
        query = layers.heads(f"decoder.blocks.{i}.cross_attn.query", x)
        stacked = (_layer(graph, f"n_layer_cross_{short}", i) for short in _SHORT)
        keys, values = map(layers.apart, stacked)
        return layers.attention(query, keys, values)

    logits = layers.decoder("tokens", "offset", attend, attend_cross)
    graph.result("logits", logits, (1, "n", d.n_vocab))
    for short in _SHORT:
        graph.result(f"out_n_layer_self_{short}_cache", _stacked(graph, kept[short]), window)
    return graph


def _layer(graph: Graph, stacked: str, i: int) -> str:
    """Return what belongs to one layer of the decoder."""
    return graph.add("Gather", stacked, graph.constant(i), axis=0)


def _stacked(graph: Graph, layers: list[str]) -> str:
    """Return one value of what belongs to each layer."""
    first = graph.constant([0])
    return graph.add("Concat", *(graph.add("Unsqueeze", x, first) for x in layers), axis=0)
