"""Writes a tiny Parakeet with random weights: it hears nothing right, and takes the whole path.

envs/parakeet-mlx/.venv/bin/python scripts/random_parakeet.py DIR
python -m orchestrator run -b parakeet-mlx --model-path parakeet-tdt-0.6b-v3=DIR

For machines where the real weights (2.5 GB, from the hub) are not to be had.
"""

import json
import sys
from pathlib import Path

import mlx.core as mx
from mlx.utils import tree_flatten
from parakeet_mlx.utils import from_config

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # what begins a word in its vocabulary
WORDS = ["<unk>", *(f"{SPACE}{word}" for word in ("the", "a", "test", "one")), *"abcdefghij."]
WIDTH = 16
DURATIONS = [0, 1, 2, 3, 4]
CONFIG = {
    "target": "nemo.collections.asr.models.rnnt_bpe_models.EncDecRNNTBPEModel",
    "model_defaults": {"tdt_durations": DURATIONS},
    "preprocessor": {
        "sample_rate": 16_000,
        "normalize": "per_feature",
        "window_size": 0.025,
        "window_stride": 0.01,
        "window": "hann",
        "features": 80,
        "n_fft": 512,
        "dither": 0.0,
    },
    "encoder": {
        "feat_in": 80,
        "n_layers": 1,
        "d_model": WIDTH,
        "n_heads": 2,
        "ff_expansion_factor": 2,
        "subsampling_factor": 8,
        "self_attention_model": "rel_pos",
        "subsampling": "dw_striding",
        "conv_kernel_size": 3,
        "subsampling_conv_channels": 4,
        "pos_emb_max_len": 500,
    },
    "decoder": {
        "blank_as_pad": True,
        "vocab_size": len(WORDS),
        "prednet": {"pred_hidden": WIDTH, "pred_rnn_layers": 1},
    },
    "joint": {
        "num_classes": len(WORDS),
        "vocabulary": WORDS,
        "num_extra_outputs": len(DURATIONS),
        "jointnet": {
            "joint_hidden": WIDTH,
            "activation": "relu",
            "encoder_hidden": WIDTH,
            "pred_hidden": WIDTH,
        },
    },
    "decoding": {"model_type": "tdt", "durations": DURATIONS, "greedy": {"max_symbols": 2}},
}


def main() -> None:
    """Write config.json and model.safetensors, the same bytes every time."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    mx.random.seed(0)
    weights = dict(tree_flatten(from_config(CONFIG).parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
