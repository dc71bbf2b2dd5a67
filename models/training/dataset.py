"""Clips in memory (log-mels of recordings and synthesised sounds) and the batches cut, mixed and disturbed from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from captions import Labels, label_clip, load_rules

# Whole sources kept out of training when a recipe is being chosen.
HELD_OUT = ("ashutoshgngwr/noice", "rafaelmardojai/blanket", "VoxeLibre/VoxeLibre", "MultiCraft/repixture")
FLOOR = -100.0


@dataclass
class Clip:
    mel: np.ndarray
    labels: Labels
    origin: str
    """Repository of a recording, or "synth:<family>"."""


def recordings(cache: Path) -> list[Clip]:
    stored = np.load(cache / "train.npz")
    mel, ends = stored["mel"], np.cumsum(stored["length"])
    rules = load_rules()
    clips = []
    for end, length, label, source in zip(ends, stored["length"], stored["label"].tolist(), stored["source"].tolist(), strict=True):
        labels = label_clip(source, label, rules)
        if labels.concepts or labels.captions:
            clips.append(Clip(mel[end - length : end], labels, source.split(":")[0]))
    return clips


def synthesised(cache: Path) -> list[Clip]:
    clips = []
    for path in sorted(cache.glob("synth-*.npz")):
        stored = np.load(path)
        mel, ends = stored["mel"], np.cumsum(stored["length"])
        for end, length, text in zip(ends, stored["length"], stored["labels"].tolist(), strict=True):
            concepts, captions = json.loads(text)
            clips.append(Clip(mel[end - length : end], Labels(concepts, captions), f"synth:{path.stem[6:]}"))
    return clips


def _power(db: np.ndarray) -> np.ndarray:
    return np.power(10.0, db / 10.0, dtype=np.float32)


def _decibel(power: np.ndarray) -> np.ndarray:
    return 10.0 * np.log10(np.maximum(power, 1e-10))


class Cutter:
    """Cuts a batch of crops [n, frames, 64] and their real lengths."""

    def __init__(self, clips: list[Clip], rng: np.random.Generator) -> None:
        self.clips, self.rng = clips, rng
        self.peak = [float(clip.mel.max()) for clip in clips]

    def crop(self, index: int, frames: int) -> tuple[np.ndarray, int]:
        mel, rng = self.clips[index].mel, self.rng
        length = len(mel)
        if length > frames:
            for _ in range(4):
                start = rng.integers(0, length - frames + 1)
                piece = mel[start : start + frames]
                if piece.max() > self.peak[index] - 25:
                    break
            return piece.astype(np.float32), frames
        out = np.full((frames, 64), FLOOR, np.float32)
        if length < frames and rng.random() < 0.3:
            # Sometimes with silence before and after it, which then counts as real frames.
            start = int(rng.integers(0, frames - length + 1)) if rng.random() < 0.5 else 0
            out[start : start + length] = mel
            return out, int(rng.integers(start + length, frames + 1))
        out[:length] = mel
        return out, max(length, 64)

    def batch(self, indices: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
        pieces, lengths = zip(*(self.crop(int(i), frames) for i in indices), strict=True)
        return np.stack(pieces), np.array(lengths)


def disturb(mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Room, equaliser, codec, pitch, noise floor and masking, each on some of the rows of [n, frames, 64] (dB)."""
    count, frames, bins = mel.shape
    peak = mel.max(axis=(1, 2), keepdims=True)
    out = mel.copy()
    # Playback a little faster or slower: the log-frequency axis moves.
    for i in np.flatnonzero(rng.random(count) < 0.3):
        shift = int(rng.integers(-3, 4))
        out[i] = np.roll(out[i], shift, axis=1)
        if shift > 0:
            out[i, :, :shift] = out[i, :, shift : shift + 1]
        elif shift < 0:
            out[i, :, shift:] = out[i, :, shift - 1 : shift]
    rooms = np.flatnonzero(rng.random(count) < 0.25)
    if len(rooms):
        decay = np.exp(-13.8 / (rng.uniform(0.15, 2.0) * 100))
        wet = scipy.signal.lfilter([1.0 - decay], [1.0, -decay], _power(out[rooms]), axis=1)
        out[rooms] = _decibel(_power(out[rooms]) + rng.uniform(0.1, 1.0) * wet)
    curves = rng.normal(0, 1, (count, 6)) * rng.uniform(0, 7, (count, 1))
    places = np.linspace(0, 5, bins)
    low = np.floor(places).astype(int).clip(0, 4)
    out += (curves[:, low] * (1 - (places - low)) + curves[:, low + 1] * (places - low))[:, None, :]
    for i in np.flatnonzero(rng.random(count) < 0.08):
        out[i, :, int(rng.integers(36, 60)) :] = FLOOR
    for i in np.flatnonzero(rng.random(count) < 0.05):
        out[i, :, : int(rng.integers(2, 14))] = FLOOR
    noisy = np.flatnonzero(rng.random(count) < 0.4)
    if len(noisy):
        slope = np.linspace(0, 1, bins)[None, None] * rng.uniform(-25, 5, (len(noisy), 1, 1))
        level = peak[noisy] + rng.uniform(-75, -22, (len(noisy), 1, 1))
        flutter = 10 * np.log10(rng.gamma(4.0, 0.25, (len(noisy), frames, bins)) + 1e-4)
        out[noisy] = _decibel(_power(out[noisy]) + _power(level + slope + flutter))
    for i in range(count):
        if rng.random() < 0.5:
            width = int(rng.integers(1, 9))
            start = int(rng.integers(0, bins - width))
            out[i, :, start : start + width] = peak[i, 0, 0] - 80
        if rng.random() < 0.4 and frames > 90:
            width = int(rng.integers(2, frames // 8))
            start = int(rng.integers(0, frames - width))
            out[i, start : start + width] = peak[i, 0, 0] - 80
    return np.maximum(out, FLOOR)


def mix(mel: np.ndarray, lengths: np.ndarray, rng: np.random.Generator, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Adds another row to some rows -> (mel, lengths, partner, weight of the row itself)."""
    count = len(mel)
    partner = rng.permutation(count)
    ratio = np.where(rng.random(count) < share, rng.uniform(-12, 12, count), np.inf)
    peak = mel.max(axis=(1, 2))
    gain = (peak - peak[partner] - np.where(np.isinf(ratio), 0, ratio))[:, None, None]
    active = np.isfinite(ratio)
    out = mel.copy()
    out[active] = _decibel(_power(mel[active]) + _power(mel[partner][active] + gain[active]))
    lengths = np.where(active, np.maximum(lengths, lengths[partner]), lengths)
    weight = np.where(active, 1.0 / (1.0 + np.power(10.0, -np.where(active, ratio, 0) / 14.0)), 1.0)
    return out, lengths, partner, weight
