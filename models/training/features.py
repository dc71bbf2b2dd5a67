"""Log-mel front end: exactly LAION CLAP's (`transformers.ClapFeatureExtractor`, unfused "rand_trunc" filters).

48 kHz mono, n_fft 1024, hop 480, periodic Hann, centred frames with reflect padding, 64 Slaney mels from 50 to
14 000 Hz with Slaney normalisation, power spectrum, 10 * log10(max(x, 1e-10)). The product computes the same numbers in
TypeScript; `python features.py --check` compares this file with the reference implementation.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.signal
import soundfile

SAMPLE_RATE = 48_000
N_FFT = 1024
HOP = 480
MELS = 64
F_MIN, F_MAX = 50.0, 14_000.0
LOG_FLOOR = 1e-10
WINDOW_SAMPLES = 10 * SAMPLE_RATE
HOP_SAMPLES = WINDOW_SAMPLES // 2
MIN_FRAMES = 64


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    hz = np.asarray(hz, dtype=np.float64)
    return np.where(hz < 1000.0, 3.0 * hz / 200.0, 15.0 + 27.0 / np.log(6.4) * np.log(np.maximum(hz, 1e-9) / 1000.0))


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mel - 15.0)))


def mel_filters() -> np.ndarray:
    """Triangles of unit area, shape [n_fft / 2 + 1, mels]."""
    edges = _mel_to_hz(np.linspace(_hz_to_mel(F_MIN), _hz_to_mel(F_MAX), MELS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    rising = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))).astype(np.float32)


_FILTERS = mel_filters()
_WINDOW = scipy.signal.get_window("hann", N_FFT, fftbins=True).astype(np.float32)


def log_mel(wave: np.ndarray) -> np.ndarray:
    """Samples at 48 kHz -> [frames, 64] in dB, frames = 1 + len // 480; short sounds are zero-padded to 64 frames."""
    wave = np.asarray(wave, dtype=np.float32)
    minimum = (MIN_FRAMES - 1) * HOP
    if len(wave) < minimum:
        wave = np.pad(wave, (0, minimum - len(wave)))
    padded = np.pad(wave, N_FFT // 2, mode="reflect")
    count = 1 + len(wave) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:count]
    rows = []
    for start in range(0, count, 2048):
        spectrum = scipy.fft.rfft(frames[start : start + 2048] * _WINDOW, axis=1)
        rows.append((spectrum.real**2 + spectrum.imag**2) @ _FILTERS)
    return 10.0 * np.log10(np.maximum(np.concatenate(rows), LOG_FLOOR))


def read_wave(path: str | Path, longest_s: float | None = None) -> np.ndarray:
    """Any audio file, or its first seconds -> mono float32 at 48 kHz (libsndfile, or ffmpeg for what it cannot open)."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            wave = file.read(-1 if longest_s is None else int(longest_s * rate), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "f32le", "-"]
        wave = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
        return wave if longest_s is None else wave[: int(longest_s * SAMPLE_RATE)]
    wave = wave.mean(axis=1)
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        wave = scipy.signal.resample_poly(wave, SAMPLE_RATE // divisor, rate // divisor).astype(np.float32)
    return wave


def windows(wave: np.ndarray) -> list[np.ndarray]:
    """Cut like the product: one window up to 10 s, else 10 s every 5 s, the last one ending at the end."""
    if len(wave) <= WINDOW_SAMPLES:
        return [wave]
    last = len(wave) - WINDOW_SAMPLES
    starts = sorted({*range(0, last, HOP_SAMPLES), last})
    return [wave[start : start + WINDOW_SAMPLES] for start in starts]


def cache_csv(csv_path: Path, out: Path, whole: bool) -> None:
    """Store log-mels (float16) of every clip a CSV names; `whole=False` stores product windows instead of whole clips."""
    with open(csv_path, newline="") as handle:
        rows = list(csv.DictReader(handle))

    def one(row: dict) -> list[np.ndarray]:
        wave = read_wave(csv_path.parent / row["file"])
        pieces = [wave[: 60 * SAMPLE_RATE]] if whole else windows(wave)
        return [log_mel(piece).astype(np.float16) for piece in pieces]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        mels = list(pool.map(one, rows))
    owner = np.repeat(np.arange(len(rows)), [len(m) for m in mels])
    flat = [piece for pieces in mels for piece in pieces]
    np.savez(
        out,
        mel=np.concatenate(flat),
        length=np.array([len(piece) for piece in flat]),
        owner=owner,
        clip=np.array([row["file"] for row in rows]),
        label=np.array([row["label"] for row in rows]),
        source=np.array([row["source"] for row in rows]),
    )
    print(f"{out}: {len(rows)} clips, {sum(map(len, flat)) * HOP / SAMPLE_RATE / 3600:.2f} h")


def check() -> None:
    """Compare with the reference extractor on noise and tones."""
    from transformers import ClapFeatureExtractor

    reference = ClapFeatureExtractor(frequency_min=50, frequency_max=14_000, truncation="rand_trunc", padding="pad")
    rng = np.random.default_rng(0)
    time = np.arange(WINDOW_SAMPLES) / SAMPLE_RATE
    wave = (0.1 * rng.standard_normal(len(time)) + 0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    theirs = reference(wave, sampling_rate=SAMPLE_RATE, return_tensors="np")["input_features"][0, 0]
    print("largest difference in dB:", np.abs(theirs - log_mel(wave)).max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    arguments = parser.parse_args()
    if arguments.check:
        check()
    else:
        arguments.cache.mkdir(parents=True, exist_ok=True)
        cache_csv(arguments.audio / "train.csv", arguments.cache / "train.npz", whole=True)
        cache_csv(arguments.audio / "dev.csv", arguments.cache / "dev.npz", whole=False)
