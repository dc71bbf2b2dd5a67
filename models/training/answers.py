"""Asks the audio teacher about recordings as they are, once each, and about disturbed pieces of them (`--pieces`), without end.

Writes shards of log-mels (8 bits, the 80 dB below the loudest cell) with the teacher's answers into `answers/` and `pieces/` in
the cache: the student learns from the latter while more are made. Every piece is disturbed as a waveform, so that the teacher
hears the very same: two sounds at once, several one after another over a third, another pitch and pace, filters, rooms, noise,
narrow bands, clipping.
"""

from __future__ import annotations

import argparse
import hashlib
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
HINT_STEPS = 32
"""Hints are kept in steps of a 32nd of their deviation, in 8 bits."""


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

    def keep_apart(self, watched: bool) -> None:
        """Leaves only the sources that the student's progress is watched on, or only all others."""
        apart = np.array([int(hashlib.md5(origin.encode()).hexdigest(), 16) % 25 == 0 for origin in self.origin[self.usable]])
        self.usable = self.usable[apart == watched]

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
        chance = self.rng.random()
        wave = self.whole() if chance < 0.3 else self.disturbed() if chance < 0.62 else self.row()
        if self.rng.random() < 0.04:
            wave = wave[::-1]
        return np.ascontiguousarray(wave[:WINDOW_SAMPLES], np.float32)

    def whole(self) -> np.ndarray:
        """A recording as it is, or 5 or 10 s of it."""
        source = self.recordings
        wave = source[self.rng.choice(source.usable, p=self.weights)]
        most = int(SAMPLE_RATE * (5 if self.rng.random() < 0.7 else 10))
        if len(wave) > most:
            at = self.rng.integers(0, len(wave) - most + 1)
            wave = wave[at : at + most]
        return wave / max(1e-4, np.abs(wave).max())

    def row(self) -> np.ndarray:
        """Fragments of several recordings one after another, sometimes over another sound."""
        rng = self.rng
        count = int(SAMPLE_RATE * (5 if rng.random() < 0.75 else rng.uniform(5, 10)))
        out, at, least = np.zeros(count, np.float32), 0, SAMPLE_RATE // 10
        if rng.random() < 0.3:
            bed = self.piece()
            out += np.tile(bed, -(-count // len(bed)))[:count] * 10 ** (rng.uniform(-30, -6) / 20)
        while at < count - least:
            part = self.fragment()[: count - at]
            out[at : at + len(part)] += part * 10 ** (rng.uniform(-15, 0) / 20)
            at += max(least, int(len(part) * rng.uniform(0.5, 1.15)))
        return self.filtered(out) if rng.random() < 0.15 else out

    def fragment(self) -> np.ndarray:
        rng = self.rng
        wave = self.piece()[: int(SAMPLE_RATE * rng.uniform(0.4, 3.5))].copy()
        if rng.random() < 0.4:
            wave = self.repitched(wave)
        if rng.random() < 0.15:
            wave = self.filtered(wave)
        if rng.random() < 0.1:
            wave = self.roomed(wave)
        fade = min(240, len(wave) // 4)
        if fade:
            wave[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return wave

    def disturbed(self) -> np.ndarray:
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
        return wave

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


def save(path: Path, **arrays: np.ndarray) -> None:
    partial = path.with_suffix(".part")
    with open(partial, "wb") as handle:
        np.savez(handle, **arrays)
    partial.rename(path)


def clean(cache: Path, recordings: Recordings, listener: Listener, first: int, of: int) -> None:
    folder, name = cache / "answers", f"clean-{first}"
    folder.mkdir(exist_ok=True)
    done = len(list(folder.glob(f"{name}-*.npz")))
    waiting = np.random.default_rng(0).permutation(recordings.usable)[first::of][done * SHARD :]
    while len(waiting):
        rows = []
        for index in waiting[:SHARD]:
            wave = recordings[index][:WINDOW_SAMPLES]
            heard = listener(wave)
            rows.append((packed(log_mel(wave)), heard.logits, heard.features))
        mels, logits, features = zip(*rows, strict=True)
        save(folder / f"{name}-{done:03d}.npz", index=waiting[: len(rows)], mel=np.concatenate(mels), length=np.array(list(map(len, mels))),
             logits=np.array(logits, np.float16), features=np.array(features, np.float16))  # fmt: skip
        waiting, done = waiting[SHARD:], done + 1
        print(name, done, flush=True)


class Hints:
    """Hints as 8-bit numbers, on a scale that a first few pieces fix."""

    def __init__(self, path: Path, waves: Waves, listener: Listener) -> None:
        if not path.exists():
            heard = [listener(waves()) for _ in range(150)]
            scale = {}
            for name in ("low", "middle"):
                values = np.concatenate([getattr(one, name).reshape(-1, getattr(one, name).shape[-1]) for one in heard])
                scale |= {f"{name}_mean": values.mean(0), f"{name}_std": values.std(0)}
            np.savez(path, **scale)
        self.scale = dict(np.load(path))

    def packed(self, name: str, values: np.ndarray, steps: int) -> np.ndarray:
        """[time, height, channels], cut or repeated to so many steps."""
        values = (values - self.scale[f"{name}_mean"]) / self.scale[f"{name}_std"]
        return fitted(np.clip(np.round(values * HINT_STEPS) + 128, 0, 255).astype(np.uint8), steps)


def fitted(values: np.ndarray, steps: int) -> np.ndarray:
    return values[np.minimum(np.arange(steps), len(values) - 1)]


def pieces(cache: Path, recordings: Recordings, listener: Listener, seed: int, watched: bool, until: float) -> None:
    folder, name = cache / "pieces", f"watched-{seed}" if watched else f"piece-{seed}"
    folder.mkdir(exist_ok=True)
    recordings.keep_apart(watched)
    done = len(list(folder.glob(f"{name}-*.npz")))
    waves = Waves(recordings, np.random.default_rng([seed, done]))
    hints = Hints(cache / "hints.npz", waves, listener)
    while time.time() < until:
        rows = []
        for _ in range(SHARD):
            wave = waves()
            mel, heard = packed(log_mel(wave)), listener(wave)
            low, middle, steps = (-(-len(mel) // step) for step in (8, 16, 32))
            rows.append((mel, heard.logits, heard.features, fitted(heard.frames, steps), hints.packed("low", heard.low, low),
                         hints.packed("middle", heard.middle, middle)))  # fmt: skip
        mels, logits, features, frames, lows, middles = zip(*rows, strict=True)
        save(folder / f"{name}-{done:04d}.npz", mel=np.concatenate(mels), length=np.array(list(map(len, mels))), logits=np.array(logits, np.float16),
             features=np.array(features, np.float16), frames=np.concatenate(frames).astype(np.float16), low=np.concatenate(lows),
             middle=np.concatenate(middles))  # fmt: skip
        done += 1
        print(name, done, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--pieces", action="store_true", help="disturbed pieces, for --minutes")
    parser.add_argument("--watched", action="store_true", help="with --pieces: of the sources that training leaves out, to watch it")
    parser.add_argument("--part", default="0/1", help="without --pieces: every n-th recording from the k-th, k/n")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recordings, listener = Recordings(arguments.cache), Listener(arguments.cache)
    if arguments.pieces:
        pieces(arguments.cache, recordings, listener, arguments.seed, arguments.watched, time.time() + arguments.minutes * 60)
    else:
        clean(arguments.cache, recordings, listener, *map(int, arguments.part.split("/")))


if __name__ == "__main__":
    main()
