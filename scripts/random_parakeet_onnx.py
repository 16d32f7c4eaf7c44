# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.20.0"]
# ///
"""Writes tiny random Parakeets for onnx-asr and sherpa-onnx, which hear nothing right.

uv run scripts/random_parakeet_onnx.py DIR
python -m orchestrator backend check onnx-asr -m parakeet-tdt-0.6b-v3 \
    --model-path parakeet-tdt-0.6b-v3=DIR/onnx-asr
python -m orchestrator backend check sherpa-onnx -m parakeet-tdt-0.6b-v3 \
    --model-path parakeet-tdt-0.6b-v3=DIR/sherpa-onnx

For machines where the real weights are not to be had: they take the whole path of one. Inputs,
outputs and properties are those of NeMo's token-and-duration transducers as each project exports
them.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx.parser
from onnx import numpy_helper

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # what begins a word in its vocabulary
WORDS = ["<unk>", *(f"{SPACE}{w}" for w in ("the", "a", "test")), "s", "ing", "<blk>"]
DURATIONS = 5  # frames that a token may last, from none
WIDTH, MELS, STEP = 16, 80, 8  # frames that become one
SCORES = len(WORDS) + DURATIONS
STATE = f"float[1,N,{WIDTH}]"
# Lines that several networks have; capitals are random weights, of the shapes below.
PREDICT = """
            embedded = Gather (EMBEDDING, targets)
            told = Tanh (embedded)"""
JOIN = """
            summed = Add (heard, told)
            hidden = Tanh (summed)
            plain = MatMul (hidden, OUTPUT)
            scores = Add (plain, BIAS)
            one = Constant <value = int64[1] {1}> ()
            outputs = Unsqueeze (scores, one)"""
NETWORKS = {
    "encoder": f"""
        (float[N,{MELS},T] audio_signal, int64[N] length)
        => (float[N,{WIDTH},S] outputs, int64[N] encoded_lengths) {{
            pooled = AveragePool <kernel_shape = [{STEP}], strides = [{STEP}], ceil_mode = 1>
                (audio_signal)
            frames = Transpose <perm = [0, 2, 1]> (pooled)
            projected = MatMul (frames, PROJECTION)
            soft = Tanh (projected)
            outputs = Transpose <perm = [0, 2, 1]> (soft)
            one = Constant <value = int64 {{1}}> ()
            step = Constant <value = int64 {{{STEP}}}> ()
            before = Sub (length, one)
            whole = Div (before, step)
            encoded_lengths = Add (whole, one)
        }}""",
    "decoder_joint": f"""
        (float[N,{WIDTH},1] encoder_outputs, int32[N,1] targets, int32[N] target_length,
         {STATE} input_states_1, {STATE} input_states_2)
        => (float[N,1,1,{SCORES}] outputs, {STATE} output_states_1, {STATE} output_states_2) {{
            heard = Transpose <perm = [0, 2, 1]> (encoder_outputs)
            {PREDICT}{JOIN}
            output_states_1 = Identity (input_states_1)
            output_states_2 = Identity (input_states_2)
        }}""",
    "decoder": f"""
        (int32[N,1] targets, int32[N] target_length, {STATE} states, {STATE} cells)
        => (float[N,{WIDTH},1] outputs, int32[N] prednet_lengths, {STATE} states_out,
         {STATE} cells_out) {{
            {PREDICT}
            outputs = Transpose <perm = [0, 2, 1]> (told)
            prednet_lengths = Identity (target_length)
            states_out = Identity (states)
            cells_out = Identity (cells)
        }}""",
    "joiner": f"""
        (float[N,{WIDTH},1] encoder_outputs, float[N,{WIDTH},1] decoder_outputs)
        => (float[N,1,1,{SCORES}] outputs) {{
            heard = Transpose <perm = [0, 2, 1]> (encoder_outputs)
            told = Transpose <perm = [0, 2, 1]> (decoder_outputs)
            {JOIN}
        }}""",
}
random = np.random.default_rng(0)
# Neither of the first; blank often, as of a model that has learnt something.
BIAS = np.array([-99.0, *[0.0] * (len(WORDS) - 2), 3.0, *[0.0] * DURATIONS], np.float32)
WEIGHTS = {
    "PROJECTION": random.normal(0, 1, (MELS, WIDTH)).astype(np.float32),
    "EMBEDDING": random.normal(0, 1, (len(WORDS), WIDTH)).astype(np.float32),
    "OUTPUT": random.normal(0, 1, (WIDTH, SCORES)).astype(np.float32),
    "BIAS": BIAS,
}
PROPERTIES = {
    "model_type": "EncDecRNNTBPEModel",
    "vocab_size": len(WORDS) - 1,
    "subsampling_factor": STEP,
    "normalize_type": "per_feature",
    "pred_rnn_layers": 1,
    "pred_hidden": WIDTH,
    "feat_dim": MELS,
    # What tells sherpa-onnx that tokens have durations.
    "url": "https://huggingface.co/nvidia/parakeet-tdt-0.6b-v3",
}


def write(name: str, path: Path) -> None:
    """Write a network with its weights, the same bytes every time."""
    text = f'<ir_version: 8, opset_import: ["" : 17]> {name} {NETWORKS[name]}'
    model = onnx.parser.parse_model(text)
    for weights, values in WEIGHTS.items():
        if weights in NETWORKS[name]:
            model.graph.initializer.append(numpy_helper.from_array(values, weights))
    if name == "encoder":
        onnx.helper.set_model_props(model, {k: str(v) for k, v in PROPERTIES.items()})
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def main() -> None:
    """Write a folder for each project."""
    folder = Path(sys.argv[1])
    vocabulary = "".join(f"{word} {at}\n" for at, word in enumerate(WORDS))
    for name in ("encoder", "decoder_joint"):
        write(name, folder / "onnx-asr" / f"{name}-model.onnx")
    settings = {"model_type": "nemo-conformer-tdt", "features_size": MELS, "subsampling_factor": 8}
    (folder / "onnx-asr" / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "onnx-asr" / "vocab.txt").write_text(vocabulary, encoding="utf-8")
    for name in ("encoder", "decoder", "joiner"):
        write(name, folder / "sherpa-onnx" / f"{name}.onnx")
    (folder / "sherpa-onnx" / "tokens.txt").write_text(vocabulary, encoding="utf-8")


if __name__ == "__main__":
    main()
