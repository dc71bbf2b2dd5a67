"""The audio teacher: what mn04_as (EfficientAT, MIT) hears in a sound, 527 AudioSet classes and 384 features.

Only its *answers* are used, as targets for our own tower; neither the file nor its weights are shipped. It lies in the folder
that `TRAUM_TEACHER` names, with the `teacher.py` that builds it, and is run by ONNX Runtime, which is three times as fast.
"""

from __future__ import annotations

import csv
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal
import torch
import torch.nn.functional as F

from features import SAMPLE_RATE

RATE = 32_000
FOLDER = Path(os.environ.get("TRAUM_TEACHER", "../../../shared/teacher"))
LOWEST = -8.0
"""Logits below this (a probability of 0.0003) all mean "not there"."""
LOW_BLOCK, MIDDLE_BLOCK = 6, 12
"""Blocks of the teacher whose answers are hints: its last ones at a step of 80 and of 160 ms."""


def class_names(folder: Path = FOLDER) -> list[str]:
    with open(folder / "classes.csv", newline="") as handle:
        return [row["name"] for row in csv.DictReader(handle)]


@dataclass
class Heard:
    """What the teacher says of a sound: logits [527], features [384], and on the way there, for every place in time:
    features [time / 320 ms, 384] and two hints [time / 80 ms, 8, 16] and [time / 160 ms, 8, 48] (height, channels)."""

    logits: np.ndarray
    features: np.ndarray
    frames: np.ndarray
    low: np.ndarray
    middle: np.ndarray


class Answers(torch.nn.Module):
    """The teacher's network behind its own log-mel."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, mel: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, hints = mel, {}
        for place, block in enumerate(self.net.features):
            x = block(x)
            hints[place] = x
        features = self.net.avgpool(x).flatten(1)
        return self.net.classifier(features), features, x.mean(2), F.avg_pool2d(hints[LOW_BLOCK], (2, 1)), hints[MIDDLE_BLOCK]


class Listener:
    """Answers for sounds at 48 kHz; its graph is exported once, into the cache."""

    def __init__(self, cache: Path, folder: Path = FOLDER) -> None:
        import onnxruntime

        spec = importlib.util.spec_from_file_location("audio_teacher", folder / "teacher.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.front = module.Teacher()
        path = cache / "listener-hints.onnx"
        if not path.exists():
            self._export(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def _export(self, path: Path) -> None:
        torch.onnx.export(Answers(self.front.net).eval(), (torch.randn(1, 1, 128, 501),), str(path), input_names=["mel"],
                          output_names=["logits", "features", "frames", "low", "middle"], dynamic_axes={"mel": {0: "batch", 3: "frames"}},
                          opset_version=17, dynamo=False)  # fmt: skip

    def __call__(self, wave: np.ndarray) -> Heard:
        """One window (up to 10 s at 48 kHz); logits and features are means over several ways to put the sound.

        The teacher minds how loud and how long a sound is, and knew clips of 10 s: for short sounds the mean of what it says of
        the sound repeated and of the sound in silence is far better than either (README.md).
        """
        wave = scipy.signal.resample_poly(np.asarray(wave, np.float32), 2, 3).astype(np.float32)
        wave /= max(1e-6, np.abs(wave).max())
        long, alone = 5 * RATE, len(wave)
        if alone >= long:
            put = [0.5 * wave]
        elif alone >= 2 * RATE:
            put = [0.7 * wave, np.pad(0.4 * wave, (0, long - alone))]
        else:
            again = np.tile(wave, -(-2 * RATE // alone))[: 2 * RATE]
            put = [np.pad(0.5 * wave, (0, long - alone)), 0.7 * again]
        said = [self.answer(part) for part in put]
        logits, features = (np.mean([one[k][0] for one in said], 0) for k in (0, 1))
        _, _, frames, low, middle = said[0]
        return Heard(logits, features, frames[0].T, low[0].transpose(2, 1, 0), middle[0].transpose(2, 1, 0))

    @torch.no_grad()
    def bands(self, wave: np.ndarray) -> np.ndarray:
        """What the teacher is fed for a window [time / 10 ms, 128]."""
        wave = scipy.signal.resample_poly(wave, 2, 3).astype(np.float32)
        wave *= 0.5 / max(1e-6, np.abs(wave).max())
        return self.front.log_mel(torch.from_numpy(wave)[None])[0, 0].numpy().T

    @torch.no_grad()
    def answer(self, wave: np.ndarray) -> list[np.ndarray]:
        """Samples at 32 kHz, as they are."""
        mel = self.front.log_mel(torch.from_numpy(np.ascontiguousarray(wave))[None])
        return self.session.run(None, {"mel": mel.numpy()})


assert RATE * 3 == SAMPLE_RATE * 2
