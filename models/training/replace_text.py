"""Puts a newly taught text tower into the shipped files: what sounds are embedded as stays, and with it all that was embedded before.

What known texts mean (`memory.py`) stays too, because the tower is taught to leave plain names where they were (`refine_text.py`). New are
the tower, the list of words that it was taught, and the calibration.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnx.compose
import onnx.utils
import torch
from tokenizers import Tokenizer
from torch import nn

from dataset import HELD_OUT, packaged
from export import FILES, calibrate, entry, session, texts_of, to_onnx
from replace_student import places
from text_tower import TextTower
from words import write_words

HERE = Path(__file__).parent


class Placed(nn.Module):
    """ids and mask [batch, tokens] -> where the text lies in the own space [batch, 256]."""

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.tower(ids, mask)


def placed(weights: Path, target: Path) -> None:
    """The tower by itself as a graph."""
    stored = torch.load(weights)
    tower = TextTower(len(stored["state"]["tokens.weight"]), layers=stored["layers"])
    tower.load_state_dict(stored["state"])
    axes = {0: "batch", 1: "tokens"}
    to_onnx(Placed(tower).eval(), (torch.tensor([[2, 5, 6, 7, 8]]), torch.ones(1, 5, dtype=torch.int64)), target, ["input_ids", "attention_mask"],
            "place", {"input_ids": axes, "attention_mask": axes, "place": {0: "batch"}})  # fmt: skip


def meant(tower: Path, files: Path, cache: Path, target: Path) -> None:
    """The tower with the meaning of the shipped texts behind it."""
    shipped, part = files / "text.onnx", cache / "meaning.onnx"
    cut = places(onnx.load(shipped).graph)
    onnx.utils.extract_model(str(shipped), str(part), [cut], ["text_embeds"])
    first, second = onnx.load(tower), onnx.load(part)
    whole = onnx.compose.merge_models(first, second, [(first.graph.output[0].name, cut)])
    onnx.checker.check_model(whole)
    onnx.save(whole, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--files", type=Path, default=HERE.parent / "compact-clap", help="the files, which are changed")
    parser.add_argument("--weights", required=True, help="weights of the text tower")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    cache, files = arguments.cache, arguments.files
    placed(cache / arguments.weights, cache / "own-text.onnx")
    meant(cache / "own-text.onnx", files, cache, cache / "text.onnx")
    os.replace(cache / "text.onnx", files / "text.onnx")

    tokenizer = Tokenizer.from_file(str(files / FILES["tokenizer"]))
    hears, asked, alone = session(files / "audio.onnx"), session(files / "text.onnx"), session(cache / "own-text.onnx")
    background = np.fromfile(files / "background.f32", "<f4").reshape(512, -1)
    held = [clip for clip in packaged(cache) if clip.origin in HELD_OUT]
    calibration = calibrate(
        lambda x: hears.run(None, {"input_features": np.asarray(x)})[0],
        texts_of(asked, tokenizer),
        texts_of(alone, tokenizer),
        held,
        background,
    )
    manifest = json.loads((files / "manifest.json").read_text())
    manifest |= {"version": arguments.version, "calibration": calibration}
    manifest["files"] |= {"text": entry(files / FILES["text"]), "words": write_words(files, arguments.text)}
    (files / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(json.dumps(calibration))


if __name__ == "__main__":
    main()
