# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.20.0", "onnxruntime==1.23.2"]
# ///
"""Writes a tiny Moonshine with random weights: it hears nothing right, and takes the whole path.

uv run scripts/random_moonshine.py DIR
python -m orchestrator run -b moonshine --model-path moonshine-tiny-streaming=DIR

For machines where the real weights are not to be had. It has the five networks of a model that
streams, with the inputs and outputs that the library asks for.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx.parser
import onnxruntime
from onnx import numpy_helper

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # what begins a word in its vocabulary
WORDS = ["<unk>", "<s>", "</s>", *(f"{SPACE}{w}" for w in ("the", "a", "test", "one")), *"abcdefgh"]
WIDTH = 16
FRAME = 320  # samples that become one feature: 20 ms
CONFIG = {
    "encoder_dim": WIDTH,
    "decoder_dim": WIDTH,
    "depth": 1,
    "nheads": 1,
    "head_dim": WIDTH,
    "vocab_size": len(WORDS),
    "bos_id": 1,
    "eos_id": 2,
    "frame_len": FRAME,
    "total_lookahead": 4,
    "d_model_frontend": WIDTH,
    "c1": WIDTH,
    "c2": WIDTH,
    "max_seq_len": 448,
}
# A network each; capitals are random weights, of the shapes below.
NETWORKS = {
    "frontend": f"""
        (float[1,N] audio_chunk, float[1,79] sample_buffer, int64[1] sample_len,
         float[1,{WIDTH},4] conv1_buffer, float[1,{WIDTH},4] conv2_buffer, int64[1] frame_count)
        => (float[1,T,{WIDTH}] features, float[1,79] sample_buffer_out, int64[1] sample_len_out,
         float[1,{WIDTH},4] conv1_buffer_out, float[1,{WIDTH},4] conv2_buffer_out,
         int64[1] frame_count_out) {{
            shape = Constant <value = int64[3] {{1, -1, {FRAME}}}> ()
            frames = Reshape (audio_chunk, shape)
            projected = MatMul (frames, PROJECTION)
            features = Tanh (projected)
            sample_buffer_out = Identity (sample_buffer)
            sample_len_out = Identity (sample_len)
            conv1_buffer_out = Identity (conv1_buffer)
            conv2_buffer_out = Identity (conv2_buffer)
            frame_count_out = Identity (frame_count)
        }}""",
    "encoder": f"""
        (float[1,T,{WIDTH}] features) => (float[1,T,{WIDTH}] encoded) {{
            mixed = MatMul (features, SQUARE)
            encoded = Tanh (mixed)
        }}""",
    "adapter": f"""
        (float[1,T,{WIDTH}] encoded, int64[1] pos_offset) => (float[1,T,{WIDTH}] memory) {{
            place = Cast <to = 1> (pos_offset)
            angle = Mul (place, ROW)
            turn = Sin (angle)
            memory = Add (encoded, turn)
        }}""",
    "cross_kv": f"""
        (float[1,L,{WIDTH}] memory)
        => (float[1,1,1,L,{WIDTH}] k_cross, float[1,1,1,L,{WIDTH}] v_cross) {{
            axes = Constant <value = int64[2] {{0, 1}}> ()
            keys = MatMul (memory, SQUARE)
            k_cross = Unsqueeze (keys, axes)
            v_cross = Unsqueeze (memory, axes)
        }}""",
    "decoder_kv": f"""
        (int64[1,T] token, float[1,1,1,C,{WIDTH}] k_self, float[1,1,1,C,{WIDTH}] v_self,
         float[1,1,1,L,{WIDTH}] out_k_cross, float[1,1,1,L,{WIDTH}] out_v_cross)
        => (float[1,T,{len(WORDS)}] logits, float[1,1,1,D,{WIDTH}] out_k_self,
         float[1,1,1,D,{WIDTH}] out_v_self) {{
            axes = Constant <value = int64[2] {{0, 1}}> ()
            embedded = Gather (EMBEDDING, token)
            query = Unsqueeze (embedded, axes)
            out_k_self = Concat <axis = 3> (k_self, query)
            out_v_self = Concat <axis = 3> (v_self, query)
            turned = Transpose <perm = [0, 1, 2, 4, 3]> (out_k_cross)
            match = MatMul (query, turned)
            weight = Softmax <axis = 4> (match)
            attended = MatMul (weight, out_v_cross)
            summed = Add (query, attended)
            hidden = Squeeze (summed, axes)
            logits = MatMul (hidden, OUTPUT)
        }}""",
}
WEIGHTS = {
    "PROJECTION": (FRAME, WIDTH),
    "SQUARE": (WIDTH, WIDTH),
    "ROW": (WIDTH,),
    "EMBEDDING": (len(WORDS), WIDTH),
    "OUTPUT": (WIDTH, len(WORDS)),
}


def network(name: str, random: np.random.Generator) -> onnx.ModelProto:
    """Return a network with weights drawn for it."""
    text = f'<ir_version: 9, opset_import: ["" : 17]> {name} {NETWORKS[name]}'
    model = onnx.parser.parse_model(text)
    for weights, shape in WEIGHTS.items():
        if weights in NETWORKS[name]:
            values = random.normal(0, 1, shape).astype(np.float32)
            model.graph.initializer.append(numpy_helper.from_array(values, weights))
    onnx.checker.check_model(model)
    return model


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a network in ONNX Runtime's own format: the library reads no other."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def main() -> None:
    """Write five networks, their settings and the vocabulary, the same bytes every time."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for name in NETWORKS:
        save(network(name, random), folder / f"{name}.ort")
    (folder / "streaming_config.json").write_text(json.dumps(CONFIG, indent=1), encoding="utf-8")
    words = [word.encode() for word in WORDS]
    (folder / "tokenizer.bin").write_bytes(b"".join(bytes([len(w)]) + w for w in words))


if __name__ == "__main__":
    main()
