"""Building blocks of the synthesised sounds: oscillators, noises, envelopes, filters, rooms. All at 48 kHz, float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.signal

RATE = 48_000
Rng = np.random.Generator


@dataclass
class Sound:
    wave: np.ndarray
    concepts: list[str]
    captions: list[str] = field(default_factory=list)


Maker = Callable[[Rng], Sound]


def seconds(duration: float) -> np.ndarray:
    return np.arange(int(duration * RATE + 1e-6), dtype=np.float64) / RATE


def tone(frequency: np.ndarray | float, duration: float, shape: str = "sine", phase: float = 0.0) -> np.ndarray:
    """One oscillator; `frequency` may be an array of the sound's length (Hz)."""
    size = int(duration * RATE + 1e-6)
    cycles = np.cumsum(np.broadcast_to(np.asarray(frequency, dtype=np.float64), size)) / RATE + phase
    if shape == "sine":
        return np.sin(2 * np.pi * cycles)
    if shape == "square":
        return np.where(cycles % 1.0 < 0.5, 1.0, -1.0)
    if shape == "pulse":
        return np.where(cycles % 1.0 < 0.15, 1.0, -0.3)
    if shape == "saw":
        return 2 * (cycles % 1.0) - 1
    return 4 * np.abs(cycles % 1.0 - 0.5) - 1  # triangle


def white(duration: float, rng: Rng) -> np.ndarray:
    return rng.standard_normal(int(duration * RATE + 1e-6))


def coloured(duration: float, rng: Rng, slope: float) -> np.ndarray:
    """Noise whose power falls with frequency ** -slope (0 white, 1 pink, 2 brown)."""
    size = int(duration * RATE + 1e-6)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)
    noise = np.fft.irfft(spectrum * frequency ** (-slope / 2), size)
    return noise / (noise.std() + 1e-9)


def decay(duration: float, time: float, attack: float = 0.001) -> np.ndarray:
    """Exponential decay (to 1/e after `time` seconds) with a short linear attack."""
    t = seconds(duration)
    return np.exp(-t / time) * np.minimum(1.0, t / max(attack, 1e-5))


def swell(duration: float, attack: float, release: float) -> np.ndarray:
    t = seconds(duration)
    return np.clip(t / max(attack, 1e-4), 0, 1) * np.clip((duration - t) / max(release, 1e-4), 0, 1)


def wander(duration: float, rng: Rng, rate: float, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """A smooth random curve between low and high, changing about `rate` times a second."""
    points = max(4, int(duration * rate) + 3)
    curve = np.interp(seconds(duration) * (points - 1) / duration, np.arange(points), rng.random(points))
    return low + (high - low) * curve


def bandpass(x: np.ndarray, low: float, high: float, order: int = 2) -> np.ndarray:
    return scipy.signal.sosfilt(scipy.signal.butter(order, [max(low, 15), min(high, 23_000)], "band", fs=RATE, output="sos"), x)


def lowpass(x: np.ndarray, cut: float, order: int = 2) -> np.ndarray:
    return scipy.signal.sosfilt(scipy.signal.butter(order, min(max(cut, 20), 23_000), "low", fs=RATE, output="sos"), x)


def highpass(x: np.ndarray, cut: float, order: int = 2) -> np.ndarray:
    return scipy.signal.sosfilt(scipy.signal.butter(order, min(max(cut, 15), 23_000), "high", fs=RATE, output="sos"), x)


def swept(x: np.ndarray, centre: np.ndarray, width: float = 0.5) -> np.ndarray:
    """Bandpass whose centre (Hz) moves: short overlapping blocks, each with its own filter."""
    block, out = 1024, np.zeros(len(x) + 2048)
    window = np.hanning(2 * block)
    for start in range(0, len(x), block):
        piece = x[start : start + 2 * block]
        f = float(centre[min(start + block, len(centre) - 1)])
        spectrum = np.fft.rfft(piece * window[: len(piece)])
        frequency = np.fft.rfftfreq(len(piece), 1 / RATE)
        shape = np.exp(-0.5 * (np.log2(np.maximum(frequency, 1) / f) / width) ** 2)
        out[start : start + len(piece)] += np.fft.irfft(spectrum * shape, len(piece))
    return out[: len(x)]


def resonate(x: np.ndarray, frequencies: list[float], times: list[float], gains: list[float]) -> np.ndarray:
    """Sum of damped modes rung by `x` (modal synthesis of struck things)."""
    out = np.zeros_like(x, dtype=np.float64)
    for f, t, g in zip(frequencies, times, gains, strict=True):
        if f > 22_000:
            continue
        r = np.exp(-1 / (t * RATE))
        w = 2 * np.pi * f / RATE
        out += scipy.signal.lfilter([g * np.sin(w)], [1, -2 * r * np.cos(w), r * r], x)
    return out


def formants(x: np.ndarray, centres: list[float], widths: list[float] | None = None, gains: list[float] | None = None) -> np.ndarray:
    """Parallel resonances: the vowels of voices and animals."""
    out = np.zeros_like(x, dtype=np.float64)
    for k, f in enumerate(centres):
        width = widths[k] if widths else 80 + 0.06 * f
        r = np.exp(-np.pi * width / RATE)
        w = 2 * np.pi * f / RATE
        out += (gains[k] if gains else 1.0) * scipy.signal.lfilter([1 - r], [1, -2 * r * np.cos(w), r * r], x)
    return out


def place(base: np.ndarray, sound: np.ndarray, at: float, gain: float = 1.0) -> None:
    """Adds `sound` into `base` from `at` seconds on."""
    start = int(at * RATE)
    if start < len(base):
        part = sound[: len(base) - start]
        base[start : start + len(part)] += gain * part


def room(x: np.ndarray, rng: Rng, time: float, wet: float) -> np.ndarray:
    """Noise-tail reverb; the sound grows by the tail's length."""
    tail = rng.standard_normal(int(time * RATE)) * np.exp(-seconds(time) * 6.9 / time)
    tail = lowpass(tail, rng.uniform(3000, 10000))
    echoed = scipy.signal.fftconvolve(x, tail)
    dry = np.pad(x, (0, len(echoed) - len(x)))
    return dry + wet * echoed * (np.abs(x).max() + 1e-9) / (np.abs(echoed).max() + 1e-9)


def crush(x: np.ndarray, rng: Rng) -> np.ndarray:
    """Lower bit depth and sample rate."""
    hold = int(rng.integers(2, 16))
    bits = 2.0 ** rng.integers(3, 8)
    peak = np.abs(x).max() + 1e-9
    return np.round(np.repeat(x[::hold], hold)[: len(x)] / peak * bits) / bits


def drive(x: np.ndarray, amount: float) -> np.ndarray:
    return np.tanh(x / (np.abs(x).max() + 1e-9) * amount)


def pick(rng: Rng, *options: str) -> str:
    return options[int(rng.integers(len(options)))]


def finish(wave: np.ndarray, rng: Rng) -> np.ndarray:
    """Random level (users' files are loud and quiet), no clipping, no bad numbers."""
    wave = np.nan_to_num(np.asarray(wave, dtype=np.float64))
    return (wave / (np.abs(wave).max() + 1e-9) * 10 ** (-rng.uniform(0, 20) / 20)).astype(np.float32)


def repeat(make: Maker, count: int, rng: Rng) -> Iterator[Sound]:
    for _ in range(count):
        yield make(rng)
