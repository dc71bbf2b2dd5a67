"""Every recording that a teacher may be asked about, as one long row of samples, and what must not be among them.

No labels are needed to learn from the audio teacher, so all sounds of the Debian packages count, not only those that a rule
names. Left out are the held-out packages and minetest_game, and whatever sounds like one of their recordings or of `dev`
(other projects carry the same files): found by fingerprint.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import subprocess
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from dataset import HELD_OUT
from debian import packages
from debian_unpack import AUDIO
from features import HOP, SAMPLE_RATE, log_mel, read_wave

LONGEST_S = 20
MOST_OF_A_FOLDER = 40
NEVER = ("debian:minetest-data", *HELD_OUT)
"""What figures are measured on, by us or by others."""
SAME_PROJECTS = re.compile(r"Scratch\.activity|scratch-flash|simutrans/pak128|mod-sounds.*(node_dug|node_step|lava|glass)", re.IGNORECASE)
"""Sources in the CSV files that are of the same projects as what figures are measured on."""
ALIKE = 0.97
SLOTS, BANDS = 24, 16


def trimmed(path: Path) -> np.ndarray | None:
    """The first seconds at 48 kHz without silence at the ends, or None for what holds no sound."""
    try:
        wave = read_wave(path, LONGEST_S + 5)
    except (subprocess.CalledProcessError, RuntimeError, ValueError):
        return None
    if len(wave) < SAMPLE_RATE // 20 or not np.isfinite(wave).all() or np.abs(wave).max() < 1e-3:
        return None
    loud = np.flatnonzero(np.abs(wave) > 1e-3 * np.abs(wave).max())
    return wave[loud[0] : loud[-1] + 1][: LONGEST_S * SAMPLE_RATE]


def fingerprint(wave: np.ndarray) -> np.ndarray:
    """Course of 16 bands over the first 2.4 s: [24 * 16], without its mean and of unit length."""
    mel = np.maximum(log_mel(wave[: int(2.6 * SAMPLE_RATE)]), -70.0)
    mel = np.maximum(mel, mel.max() - 60)
    step = SAMPLE_RATE // HOP // 10
    mel = np.pad(mel[: SLOTS * step], ((0, max(0, SLOTS * step - len(mel))), (0, 0)), constant_values=mel.min())
    grid = mel.reshape(SLOTS, step, BANDS, -1).mean((1, 3)).ravel()
    grid -= grid.mean()
    return (grid / max(1e-6, np.linalg.norm(grid))).astype(np.float32)


def one(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    wave = trimmed(path)
    if wave is None or len(wave) < 960:
        return None
    return (wave / np.abs(wave).max() * 32000).astype(np.int16), fingerprint(wave)


def listed(audio: Path, debian: Path) -> list[tuple[str, Path]]:
    """-> (origin, file) of all recordings, those that must not be learnt from too."""
    found = []
    for table in ("train.csv", "train2.csv", "dev.csv"):
        with open(audio / table, newline="") as handle:
            for row in csv.DictReader(handle):
                origin = "dev" if table == "dev.csv" else row["source"].split(":")[0]
                found.append(("known" if SAME_PROJECTS.search(row["source"]) else origin, audio / row["file"]))
    for package in packages():
        folders: dict[Path, list[Path]] = defaultdict(list)
        for path in sorted((debian / package).rglob("*")):
            if path.suffix.lower() in AUDIO and path.is_file() and not path.is_symlink():
                folders[path.parent].append(path)
        for files in folders.values():
            order = np.random.default_rng(0).permutation(len(files))
            found += [(f"debian:{package}", files[i]) for i in sorted(order[:MOST_OF_A_FOLDER])]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    seen: set[str] = set()
    chosen = []
    for origin, path in listed(arguments.audio, arguments.cache / "debian"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest not in seen or forbidden(origin):
            seen.add(digest)
            chosen.append((origin, path))
    print(len(chosen), "files", flush=True)
    # What must not be learnt comes first: all that follows is compared with it.
    chosen.sort(key=lambda entry: not forbidden(entry[0]))
    keep, prints, length = [], [], []
    with open(arguments.cache / "heard.i16", "wb") as out, ProcessPoolExecutor(arguments.workers) as pool:
        for entry, made in zip(chosen, pool.map(one, [path for _, path in chosen], chunksize=16), strict=True):
            if made is None:
                continue
            # What is only there to be recognised needs no samples.
            keep.append(entry)
            prints.append(made[1])
            length.append(0 if forbidden(entry[0]) else len(made[0]))
            if length[-1]:
                made[0].tofile(out)
            if len(keep) % 1000 == 0:
                out.flush()
                save(arguments.cache / "heard.npz", keep, prints, length)
    save(arguments.cache / "heard.npz", keep, prints, length)


def forbidden(origin: str) -> bool:
    return origin in ("dev", "known", *NEVER)


def save(path: Path, keep: list[tuple[str, Path]], prints: list[np.ndarray], length: list[int]) -> None:
    stacked, lengths = np.stack(prints), np.array(length)
    banned = lengths == 0
    alike = (stacked @ stacked[banned].T).max(1)
    usable = ~banned & (alike < ALIKE)
    partial = path.with_suffix(".part.npz")
    np.savez(partial, origin=np.array([origin for origin, _ in keep]), path=np.array([str(path) for _, path in keep]),
             length=lengths, alike=alike, usable=usable)  # fmt: skip
    partial.rename(path)
    known = (~banned & ~usable).sum()
    print(f"{(~banned).sum()} sounds, {lengths.sum() / SAMPLE_RATE / 3600:.1f} h; left out as known: {known}", flush=True)


if __name__ == "__main__":
    main()
