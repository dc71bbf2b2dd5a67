"""Asks the audio teacher about recordings as they are (`--clean`) and about disturbed pieces of them, without end.

Writes shards of log-mels (8 bits, the 80 dB below the loudest cell) with the teacher's answers into `answers/` in the cache:
the student learns from them while more are made. Every piece is disturbed as a waveform, so that the teacher hears the very
same: two sounds at once, another pitch and pace, filters, rooms, noise, narrow bands, clipping.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import scipy.signal
import torch

from features import SAMPLE_RATE, WINDOW_SAMPLES, log_mel
from listener import Listener

SHARD = 500
RANGE_DB = 80.0


def packed(mel: np.ndarray) -> np.ndarray:
    """dB -> 0..255 for what lies at most 80 dB below the loudest cell: all that the tower looks at."""
    return np.round(np.clip((mel - mel.max()) / RANGE_DB + 1, 0, 1) * 255).astype(np.uint8)


def unpacked(mel: np.ndarray) -> np.ndarray:
    return mel.astype(np.float32) * (RANGE_DB / 255) - RANGE_DB


class Recordings:
    """The samples of heard.py."""

    def __init__(self, cache: Path) -> None:
        stored = np.load(cache / "heard.npz")
        self.samples = np.memmap(cache / "heard.i16", np.int16, "r")
        self.length = stored["length"]
        self.start = np.cumsum(self.length) - self.length
        self.origin, self.path = stored["origin"], stored["path"]
        self.usable = np.flatnonzero(stored["usable"])

    def __getitem__(self, index: int) -> np.ndarray:
        at = self.start[index]
        return self.samples[at : at + self.length[index]].astype(np.float32) / 32768

    def weights(self) -> np.ndarray:
        """How often each usable one is drawn: long ones more often, big sources less often than their number."""
        origins, place, count = np.unique(self.origin[self.usable], return_inverse=True, return_counts=True)
        weight = count[place] ** -0.4 * np.minimum(self.length[self.usable] / SAMPLE_RATE, 10.0) ** 0.3
        return weight / weight.sum()


class Waves:
    """Random pieces of recordings, mostly disturbed."""

    def __init__(self, recordings: Recordings, rng: np.random.Generator) -> None:
        self.recordings, self.rng, self.weights = recordings, rng, recordings.weights()

    def piece(self) -> np.ndarray:
        rng, source = self.rng, self.recordings
        wave = source[rng.choice(source.usable, p=self.weights)]
        most = int(SAMPLE_RATE * (rng.uniform(0.7, 2.5) if rng.random() < 0.3 else rng.uniform(2.5, 5) if rng.random() < 0.6 else 10))
        if len(wave) > most:
            at = rng.integers(0, len(wave) - most + 1)
            part = wave[at : at + most]
            wave = part if np.abs(part).max() > 0.05 else wave[:most]
        return wave / max(1e-4, np.abs(wave).max())

    def __call__(self) -> np.ndarray:
        rng = self.rng
        wave = self.piece()
        if rng.random() < 0.35:
            wave = self.repitched(wave)
        if rng.random() < 0.3:
            wave = self.mixed(wave)
        if rng.random() < 0.3:
            wave = self.filtered(wave)
        if rng.random() < 0.2:
            wave = self.roomed(wave)
        if rng.random() < 0.15:
            # A cheap recording: few samples a second, or few bits.
            factor = int(rng.integers(2, 7))
            wave = np.repeat(scipy.signal.resample_poly(wave, 1, factor), factor)[: len(wave)].astype(np.float32)
        if rng.random() < 0.08:
            wave = np.tanh(wave * rng.uniform(2, 10))
        if rng.random() < 0.3:
            noise = rng.standard_normal(len(wave)).astype(np.float32)
            noise = scipy.signal.lfilter([1.0], [1.0, -rng.uniform(0, 0.98)], noise)
            wave = wave + noise / noise.std() * 10 ** (rng.uniform(-60, -22) / 20)
        return np.ascontiguousarray(wave[:WINDOW_SAMPLES], np.float32)

    def repitched(self, wave: np.ndarray) -> np.ndarray:
        pace = 2 ** (self.rng.uniform(-5, 5) / 12)
        count = max(960, min(int(len(wave) / pace), WINDOW_SAMPLES))
        return np.interp(np.arange(count) * pace, np.arange(len(wave)), wave).astype(np.float32)

    def mixed(self, wave: np.ndarray) -> np.ndarray:
        other = self.piece() * 10 ** (self.rng.uniform(-14, 6) / 20)
        count = min(max(len(wave), min(len(other), 5 * SAMPLE_RATE)), WINDOW_SAMPLES)
        out = np.zeros(count, np.float32)
        for part in (wave, other):
            part = part[:count]
            at = int(self.rng.integers(0, count - len(part) + 1))
            out[at : at + len(part)] += part
        return out

    def filtered(self, wave: np.ndarray) -> np.ndarray:
        rng = self.rng
        kind = rng.choice(["lowpass", "highpass", "bandpass"])
        low, high = np.exp(rng.uniform(np.log(80), np.log(1500))), np.exp(rng.uniform(np.log(1500), np.log(12000)))
        edge = {"lowpass": high, "highpass": low, "bandpass": [low, high]}[kind]
        wet = scipy.signal.sosfilt(scipy.signal.butter(int(rng.integers(1, 3)), edge, kind, fs=SAMPLE_RATE, output="sos"), wave)
        wet = (wet + rng.uniform(0, 0.3) * wave).astype(np.float32)
        return wet / max(1e-4, np.abs(wet).max())

    def roomed(self, wave: np.ndarray) -> np.ndarray:
        rng = self.rng
        seconds = rng.uniform(0.15, 1.5)
        time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        answer = rng.standard_normal(len(time)).astype(np.float32) * np.exp(-6.9 * time / seconds).astype(np.float32)
        count = min(len(wave) + len(time) // 2, WINDOW_SAMPLES)
        wet = scipy.signal.oaconvolve(wave, answer)[:count]
        out = np.zeros(count, np.float32)
        out[: min(count, len(wave))] += wave[:count]
        return (out + wet / max(1e-4, np.abs(wet).max()) * rng.uniform(0.1, 0.8)).astype(np.float32)


def save(path: Path, index: list[int], mels: list[np.ndarray], logits: list[np.ndarray], features: list[np.ndarray]) -> None:
    partial = path.with_suffix(".part.npz")
    np.savez(partial, index=np.array(index), mel=np.concatenate(mels), length=np.array([len(mel) for mel in mels]),
             logits=np.array(logits, np.float16), features=np.array(features, np.float16))  # fmt: skip
    partial.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--clean", action="store_true", help="every usable recording once, its first 10 s as they are")
    parser.add_argument("--part", default="0/1", help="with --clean: every n-th recording from the k-th, k/n")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = arguments.cache / "answers"
    folder.mkdir(exist_ok=True)
    recordings, listener = Recordings(arguments.cache), Listener(arguments.cache)
    first, of = map(int, arguments.part.split("/"))
    name = f"clean-{first}" if arguments.clean else f"disturbed-{arguments.seed}"
    done = len(list(folder.glob(f"{name}-*.npz")))
    waves = Waves(recordings, np.random.default_rng([arguments.seed, done]))
    waiting = np.random.default_rng(0).permutation(recordings.usable)[first::of][done * SHARD :] if arguments.clean else None
    ends = time.time() + arguments.minutes * 60
    while time.time() < ends and (waiting is None or len(waiting)):
        index, rows = [], []
        for k in range(SHARD if waiting is None else min(SHARD, len(waiting))):
            wave = waves() if waiting is None else recordings[waiting[k]][:WINDOW_SAMPLES]
            rows.append((packed(log_mel(wave)), *listener(wave)))
            index.append(-1 if waiting is None else int(waiting[k]))
        waiting = None if waiting is None else waiting[SHARD:]
        save(folder / f"{name}-{done:03d}.npz", index, *map(list, zip(*rows, strict=True)))
        done += 1
        print(name, done, flush=True)


if __name__ == "__main__":
    main()
