"""The audio teacher: what mn04_as (EfficientAT, MIT) hears in a sound, 527 AudioSet classes and 384 features.

Only its *answers* are used, as targets for our own tower; neither the file nor its weights are shipped. It lies in the folder
that `TRAUM_TEACHER` names, with the `teacher.py` that builds it, and is run by ONNX Runtime, which is three times as fast.
"""

from __future__ import annotations

import csv
import importlib.util
import os
from pathlib import Path

import numpy as np
import scipy.signal
import torch

from features import SAMPLE_RATE

RATE = 32_000
FOLDER = Path(os.environ.get("TRAUM_TEACHER", "../../../shared/teacher"))


def class_names(folder: Path = FOLDER) -> list[str]:
    with open(folder / "classes.csv", newline="") as handle:
        return [row["name"] for row in csv.DictReader(handle)]


class Answers(torch.nn.Module):
    """The teacher's network behind its own log-mel."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.net.avgpool(self.net.features(mel)).flatten(1)
        return self.net.classifier(features), features


class Listener:
    """Answers for sounds at 48 kHz; its graph is exported once, into the cache."""

    def __init__(self, cache: Path, folder: Path = FOLDER) -> None:
        import onnxruntime

        spec = importlib.util.spec_from_file_location("audio_teacher", folder / "teacher.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.front = module.Teacher()
        path = cache / "listener.onnx"
        if not path.exists():
            self._export(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def _export(self, path: Path) -> None:
        torch.onnx.export(Answers(self.front.net).eval(), (torch.randn(1, 1, 128, 501),), str(path), input_names=["mel"], output_names=["logits", "features"],
                          dynamic_axes={"mel": {0: "batch", 3: "frames"}}, opset_version=17, dynamo=False)  # fmt: skip

    def __call__(self, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One window (up to 10 s at 48 kHz) -> logits [527], features [384], means over several ways to put the sound.

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
            put = [0.7 * again, np.pad(0.5 * wave, (0, long - alone))]
        logits, features = zip(*map(self.answer, put), strict=True)
        return np.mean(logits, 0), np.mean(features, 0)

    @torch.no_grad()
    def answer(self, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Samples at 32 kHz, as they are."""
        mel = self.front.log_mel(torch.from_numpy(np.ascontiguousarray(wave))[None])
        logits, features = self.session.run(None, {"mel": mel.numpy()})
        return logits[0], features[0]


assert RATE * 3 == SAMPLE_RATE * 2
