# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.20.0"]
# ///
"""Writes a tiny streaming transducer with random weights, which hears nothing right.

uv run scripts/random_transducer.py DIR
python -m orchestrator backend check sherpa-onnx-streaming -m zipformer-en-kroko \
    --model-path zipformer-en-kroko=DIR

For machines where the real weights are not to be had: it takes the whole path of one. Its networks
have the inputs, outputs and properties of icefall's LSTM transducers, the smallest kind that
sherpa-onnx knows; a Zipformer's encoder has some dozens of states beside.
"""

import sys
from pathlib import Path

import numpy as np
import onnx.parser
from onnx import numpy_helper

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # what begins a word in its vocabulary
WORDS = ["<blk>", "<sos/eos>", "<unk>", *(f"{SPACE}{w}" for w in ("the", "a", "test")), "s", "ing"]
WIDTH, MELS, LAYERS = 16, 80, 1
CHUNK, WINDOW = 16, 19  # frames: heard anew, and seen at once
STEP = 4  # frames that become one
# A network each; capitals are random weights, of the shapes below.
NETWORKS = {
    "encoder": f"""
        (float[N,{WINDOW},{MELS}] x, float[{LAYERS},N,{WIDTH}] h0, float[{LAYERS},N,{WIDTH}] c0)
        => (float[N,T,{WIDTH}] encoder_out, float[{LAYERS},N,{WIDTH}] h1,
         float[{LAYERS},N,{WIDTH}] c1) {{
            zero = Constant <value = int64[1] {{0}}> ()
            one = Constant <value = int64[1] {{1}}> ()
            end = Constant <value = int64[1] {{{CHUNK}}}> ()
            shape = Constant <value = int64[3] {{0, -1, {STEP * MELS}}}> ()
            new = Slice (x, zero, end, one)
            frames = Reshape (new, shape)
            level = Constant <value = float {{0.1}}> ()
            soft = Mul (frames, level)
            projected = MatMul (soft, PROJECTION)
            before = Squeeze (h0, zero)
            context = Unsqueeze (before, one)
            summed = Add (projected, context)
            encoder_out = Tanh (summed)
            mean = ReduceMean <axes = [1], keepdims = 0> (encoder_out)
            h1 = Unsqueeze (mean, zero)
            c1 = Identity (c0)
        }}""",
    "decoder": f"""
        (int64[N,2] y) => (float[N,{WIDTH}] decoder_out) {{
            embedded = Gather (EMBEDDING, y)
            mixed = ReduceMean <axes = [1], keepdims = 0> (embedded)
            decoder_out = Tanh (mixed)
        }}""",
    "joiner": f"""
        (float[N,{WIDTH}] encoder_out, float[N,{WIDTH}] decoder_out)
        => (float[N,{len(WORDS)}] logit) {{
            joined = Add (encoder_out, decoder_out)
            hidden = Tanh (joined)
            plain = MatMul (hidden, OUTPUT)
            logit = Add (plain, BIAS)
        }}""",
}
WEIGHTS = {
    "PROJECTION": (STEP * MELS, WIDTH),
    "EMBEDDING": (len(WORDS), WIDTH),
    "OUTPUT": (WIDTH, len(WORDS)),
}
# Blank most of the time, as of a model that has learnt something; neither of the next two.
BIAS = np.array([3.0, -99.0, -99.0, *[0.0] * (len(WORDS) - 3)], np.float32)
PROPERTIES = {
    "encoder": {
        "model_type": "lstm",
        "num_encoder_layers": LAYERS,
        "T": WINDOW,
        "decode_chunk_len": CHUNK,
        "rnn_hidden_size": WIDTH,
        "d_model": WIDTH,
    },
    "decoder": {"context_size": 2, "vocab_size": len(WORDS)},
    "joiner": {"joiner_dim": WIDTH},
}


def network(name: str, random: np.random.Generator) -> onnx.ModelProto:
    """Return a network with weights drawn for it."""
    text = f'<ir_version: 8, opset_import: ["" : 17]> {name} {NETWORKS[name]}'
    model = onnx.parser.parse_model(text)
    for weights, shape in WEIGHTS.items():
        if weights in NETWORKS[name]:
            values = random.normal(0, 1, shape).astype(np.float32)
            model.graph.initializer.append(numpy_helper.from_array(values, weights))
    if "BIAS" in NETWORKS[name]:
        model.graph.initializer.append(numpy_helper.from_array(BIAS, "BIAS"))
    onnx.helper.set_model_props(model, {k: str(v) for k, v in PROPERTIES[name].items()})
    onnx.checker.check_model(model)
    return model


def main() -> None:
    """Write three networks and the vocabulary, the same bytes every time."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for name in NETWORKS:
        onnx.save(network(name, random), str(folder / f"{name}.onnx"))
    lines = (f"{word} {at}\n" for at, word in enumerate(WORDS))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
