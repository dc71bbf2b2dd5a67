"""Makes the synthesised training sounds, family by family, and stores their log-mels with concepts and captions."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from captions import load_lexicon
from features import WINDOW_SAMPLES, log_mel
from synth_core import finish

FAMILIES = {
    "drums": ("synth_drums", "all_drums"),
    "music": ("synth_music", "all_music"),
    "effects": ("synth_effects", "all_effects"),
    "voices": ("synth_voices", "all_voices"),
    "scenes": ("synth_scenes", "all_scenes"),
}


def make(family: str, cache: Path) -> str:
    started = time.time()
    module, function = FAMILIES[family]
    rng = np.random.default_rng(zlib.crc32(family.encode()))
    known = set(load_lexicon())
    mels, labels = [], []
    for sound in getattr(importlib.import_module(module), function)(rng):
        unknown = set(sound.concepts) - known
        if unknown:
            raise ValueError(f"{family}: unknown concepts {unknown}")
        mels.append(log_mel(finish(sound.wave[:WINDOW_SAMPLES], rng)).astype(np.float16))
        labels.append(json.dumps([sound.concepts, sound.captions]))
    np.savez(cache / f"synth-{family}.npz", mel=np.concatenate(mels), length=np.array([len(m) for m in mels]), labels=np.array(labels))
    return f"{family}: {len(mels)} sounds, {sum(map(len, mels)) / 360000:.2f} h, {time.time() - started:.0f} s"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    arguments = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        for line in pool.map(make, arguments.families, [arguments.cache] * len(arguments.families)):
            print(line, flush=True)
