"""Makes a full-size CLAP model with random weights in the published layout, for measuring speed and memory (bench/embed.mjs).

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make_full_size.py FOLDER

FOLDER gets `manifest.json`, `tokenizer.json` and `onnx/` for us, and `config.json`, `preprocessor_config.json` and
`model.safetensors` for `transformers` in Python and in Node: the same weights for all. About 1.3 GB; never committed.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from make_goldens import FIXTURES, PAD, clap_feature_extractor, export_towers, spread_weights, write_manifest
from transformers import ClapConfig, ClapModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    model = ClapModel(ClapConfig()).eval()
    spread_weights(model)
    model.save_pretrained(folder)
    clap_feature_extractor().save_pretrained(folder)
    shutil.copy(FIXTURES / "tiny-clap" / "tokenizer.json", folder)
    ids = torch.tensor([[0, 300, 301, 2, PAD], [0, 302, 303, 304, 2]])
    export_towers(model, torch.randn(2, 1, 1001, 64), ids, folder)
    # Written last: a folder with a manifest is complete.
    write_manifest(folder, name="Full-size CLAP, random weights", dimension=model.config.projection_dim)
    print(json.dumps({"parameters": sum(parameter.numel() for parameter in model.parameters())}))


if __name__ == "__main__":
    main()
