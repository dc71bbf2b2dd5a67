"""Recordings out of Debian packages (games, desktop sounds): fetches, unpacks and labels them, and stores their log-mels.

`debian-packages.txt` names the packages with their licences, `debian-rules.txt` says what the files of each show. Only files
that a rule matches are used.
"""

from __future__ import annotations

import argparse
import collections
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from captions import Labels, load_lexicon
from dataset import HELD_OUT
from debian_unpack import AUDIO, unpack
from evaluate import COMMON
from features import HOP, SAMPLE_RATE, log_mel, read_wave

HERE = Path(__file__).parent
LONGEST_S = 40


def packages() -> list[str]:
    lines = (HERE / "debian-packages.txt").read_text().splitlines()
    return [line.split(":")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def fetch(folder: Path) -> None:
    """Downloads what is missing with apt and keeps only the sounds."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages():
        target = folder / package
        if target.exists():
            continue
        subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
        deb = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(deb), str(target)], check=True)
        deb.unlink()
        unpack(target)
        for path in target.rglob("*"):
            if path.is_file() and path.suffix.lower() not in AUDIO:
                path.unlink()


def load_rules(path: Path = HERE / "debian-rules.txt") -> list[tuple[re.Pattern, Labels]]:
    known, rules = set(load_lexicon()), []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        left, _, captions = line.partition(" | ")
        pattern, _, names = f"{left} ".rpartition(" : ")
        concepts = names.split()
        if unknown := set(concepts) - known:
            raise ValueError(f"unknown concepts {unknown} in: {line}")
        rules.append((re.compile(pattern), Labels(concepts, [part.strip() for part in captions.split(";") if part.strip()])))
    return rules


def label(path: str, rules: list[tuple[re.Pattern, Labels]]) -> Labels | None:
    return next((labels for pattern, labels in rules if pattern.search(path.lower())), None)


def features(path: Path) -> np.ndarray | None:
    try:
        wave = read_wave(path)[: LONGEST_S * SAMPLE_RATE]
    except subprocess.CalledProcessError:
        return None
    if len(wave) < SAMPLE_RATE // 20 or np.abs(wave).max() < 1e-3:
        return None
    # Silence before the first and after the last sound is only noise to learn from.
    loud = np.flatnonzero(np.abs(wave) > 10 ** (-60 / 20) * np.abs(wave).max())
    return log_mel(wave[loud[0] : loud[-1] + 1]).astype(np.float16)


def export_held_out(cache: Path, folder: Path, target: Path) -> None:
    """Held-out sounds as files with `held-out.csv`: file, labels (plainest phrase of each concept), common words, source."""
    lexicon, stored = load_lexicon(), np.load(cache / "debian.npz")
    target.mkdir(parents=True, exist_ok=True)
    with open(target / "held-out.csv", "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["file", "labels", "words", "source"])
        for number, (package, path, text) in enumerate(zip(*(stored[key].tolist() for key in ("package", "path", "labels")), strict=True)):
            concepts = json.loads(text)[0]
            if f"debian:{package}" not in HELD_OUT or not concepts:
                continue
            name = f"{number:04d}{Path(path).suffix.lower()}"
            shutil.copy(folder / path, target / name)
            words = [word for word, names in COMMON.items() if set(concepts) & set(names.split())]
            table.writerow([name, ";".join(lexicon[concept].english[0] for concept in concepts), ";".join(words), f"debian:{package}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--folder", type=Path, help="unpacked packages (default: debian/ in the cache, fetched)")
    parser.add_argument("--held-out", type=Path, help="instead, copy the held-out sounds there, with a CSV for `npm run bench -- quality`")
    arguments = parser.parse_args()
    folder = arguments.folder or arguments.cache / "debian"
    if not arguments.folder:
        fetch(folder)
    if arguments.held_out:
        export_held_out(arguments.cache, folder, arguments.held_out)
        return
    rules, chosen, seen = load_rules(), [], set()
    excluded = set((HERE / "debian-excluded.txt").read_text().splitlines())
    for package in packages():
        for path in sorted((folder / package).rglob("*")):
            if path.suffix.lower() not in AUDIO or not path.is_file() or path.is_symlink():
                continue
            name = str(path.relative_to(folder))
            labels = label(name, rules)
            if labels is None or name in excluded:
                continue
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                chosen.append((package, path, labels))
    with ProcessPoolExecutor(2) as pool:
        mels = list(pool.map(features, [path for _, path, _ in chosen], chunksize=16))
    kept = [(mel, *entry) for mel, entry in zip(mels, chosen, strict=True) if mel is not None]
    np.savez(
        arguments.cache / "debian.npz",
        mel=np.concatenate([mel for mel, *_ in kept]),
        length=np.array([len(mel) for mel, *_ in kept]),
        package=np.array([package for _, package, *_ in kept]),
        path=np.array([str(path.relative_to(folder)) for _, _, path, _ in kept]),
        labels=np.array([json.dumps([labels.concepts, labels.captions]) for *_, labels in kept]),
    )
    hours = sum(len(mel) for mel, *_ in kept) * HOP / SAMPLE_RATE / 3600
    print(f"{len(kept)} of {len(chosen)} files, {hours:.2f} h", collections.Counter(package for _, package, *_ in kept).most_common())


if __name__ == "__main__":
    main()
