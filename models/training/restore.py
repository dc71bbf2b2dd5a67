"""Turns shipped ONNX files back into weights to go on from: text.pt and tokenizer.json of any version, and out of those of 1.1.0 a
start for `train_audio.py`.

Exporting folds every batch normalisation into the convolution before it. Here each gets running statistics again, measured on
training sounds, and a scale and offset that leave the function unchanged, so that training can go on where the files stand.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from audio_tower import AudioTower
from dataset import all_clips
from text_tower import TextTower


def tensors(path: Path) -> dict[str, torch.Tensor]:
    """Every stored weight as float32, under its name in the graph."""
    stored = {t.name.removesuffix("_half"): onnx.numpy_helper.to_array(t).astype(np.float32) for t in onnx.load(path).graph.initializer}
    values = {
        name.removesuffix("_int8"): value * stored[name.removesuffix("_int8") + "_scale"] if name.endswith("_int8") else value
        for name, value in stored.items()
        if not name.endswith("_scale")
    }
    return {name: torch.from_numpy(value) for name, value in values.items()}


def unnamed(stored: dict[str, torch.Tensor], kind: str) -> list[torch.Tensor]:
    """Weights of operators that lost their names, in the order in which they are used."""
    names = [name for name in stored if name.startswith(f"onnx::{kind}_")]
    return [stored[name] for name in sorted(names, key=lambda name: int(name.rsplit("_", 1)[1]))]


def text_tower(path: Path) -> TextTower:
    stored = {name.removeprefix("tower."): value for name, value in tensors(path).items()}
    # Multiplications lose their names and are stored transposed; two of them are not of a layer.
    products = unnamed(stored, "MatMul")
    layers = (len(products) - 2) // 4
    tower = TextTower(len(stored["tokens.weight"]), layers=layers)
    state = tower.state_dict()
    names = [f"blocks.{at}.{name}" for at in range(layers) for name in ("qkv", "out", "up", "down")]
    state |= {f"{name}.weight": value.T for name, value in zip([*names, "weight", "mix"], products, strict=True)}
    # The export stores a tenth of the vector of an empty text.
    (empty,) = unnamed(stored, "Add")
    state |= {"empty": empty * 10} | {name: value for name, value in stored.items() if name in state}
    tower.load_state_dict(state)
    return tower.eval()


def pairs(tower: AudioTower) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Convolutions with their normalisations, in the order of the exported graph."""
    found = [(tower.stem[0], tower.stem[1])]
    for block in tower.trunk:
        found += [(block.a, block.norm_a), (block.b, block.norm_b)]
        if not block.same:
            found.append((block.short, block.norm_s))
    return found


@torch.no_grad()
def audio_tower(path: Path, mels: list[np.ndarray]) -> AudioTower:
    stored = tensors(path)
    tower = AudioTower().eval()
    state = tower.state_dict()
    products = iter(unnamed(stored, "MatMul"))
    state["frame.weight"], state["attention.weight"] = next(products).T, next(products).T
    state |= {name: value for name, value in stored.items() if name in state}
    tower.load_state_dict(state)
    folded = iter(unnamed(stored, "Conv"))
    seen: dict[nn.Module, list[torch.Tensor]] = {}
    for convolution, norm in pairs(tower):
        convolution.weight.copy_(next(folded))
        norm.bias.copy_(next(folded))
        norm.running_var.fill_(1 - norm.eps)
        seen[convolution] = []
        convolution.register_forward_hook(
            lambda module, _, out: seen[module].append(torch.stack([out.mean((0, 2, 3)), (out * out).mean((0, 2, 3))]))
        )
    for mel in mels:
        tower(torch.from_numpy(mel.astype(np.float32))[None, None])
    for convolution, norm in pairs(tower):
        convolution._forward_hooks.clear()
        mean, square = torch.stack(seen[convolution]).mean(0)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(square - mean * mean)
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
        norm.bias.add_(mean)
    return tower


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--model", type=Path, required=True, help="folder with the files")
    parser.add_argument("--texts-only", action="store_true", help="what can be had of versions since 2.0.0")
    parser.add_argument("--out", default="restored.pt", help="name of the audio tower's weights in the cache")
    arguments = parser.parse_args()
    shutil.copy(arguments.model / "tokenizer.json", arguments.cache / "tokenizer.json")
    tower = text_tower(arguments.model / "text.onnx")
    torch.save({"state": tower.state_dict(), "layers": len(tower.blocks)}, arguments.cache / "text.pt")
    if arguments.texts_only:
        return
    clips, _ = all_clips(arguments.cache)
    chosen = np.random.default_rng(0).choice(len(clips), 600, replace=False)
    tower = audio_tower(arguments.model / "audio.onnx", [clips[i].mel[:512] for i in chosen if len(clips[i].mel) >= 64])
    torch.save({"state": tower.state_dict(), "width": 32}, arguments.cache / arguments.out)

    import onnxruntime

    mel = clips[chosen[0]].mel[None, None, :1001].astype(np.float32)
    theirs = onnxruntime.InferenceSession(str(arguments.model / "audio.onnx")).run(None, {"input_features": mel})[0]
    ours = tower(torch.from_numpy(mel)).detach().numpy()
    print("largest difference from the file:", np.abs(theirs - ours).max())


if __name__ == "__main__":
    main()
