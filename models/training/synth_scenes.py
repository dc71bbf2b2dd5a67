"""Scenes made of the training recordings themselves: single events repeated, layered and put over backgrounds.

A recorded bark becomes a barking dog, one step a walk, a clap an applause, a click somebody typing. Sources that are held
out for choosing a recipe are never used here.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from captions import label_clip, load_rules
from dataset import HELD_OUT
from features import read_wave
from synth_core import RATE, Rng, Sound, coloured, place, room

AUDIO = Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio"))

# concept: (number of scenes, mean gap between events in seconds, longest event, layers, words)
REPEATED = {
    "dog": (40, 0.7, 1.2, 1, ["dog barking", "barking dogs"]), "cat": (25, 1.3, 2.0, 1, ["cat meowing"]), "crow": (10, 0.9, 1.5, 1, ["crows cawing"]),
    "bird": (40, 0.8, 3.0, 3, ["birds singing", "many birds chirping"]), "rooster": (8, 2.0, 3.0, 1, ["rooster crowing"]),
    "chicken": (15, 0.6, 1.5, 3, ["chickens clucking"]), "sheep": (15, 1.0, 2.0, 2, ["sheep bleating"]), "cow": (15, 1.8, 3.0, 1, ["cows mooing"]),
    "duck": (12, 0.5, 1.0, 2, ["ducks quacking"]), "frog": (10, 0.7, 1.5, 2, ["frogs croaking"]), "horse": (10, 1.5, 2.5, 1, ["horses neighing"]),
    "footsteps": (60, 0.5, 0.6, 1, ["footsteps", "someone walking"]), "clap": (40, 0.09, 0.4, 3, ["applause", "people clapping"]),
    "mouse_click": (40, 0.13, 0.25, 1, ["typing on a keyboard", "keyboard typing"]), "camera": (12, 0.15, 0.25, 1, ["typing on a keyboard"]),
    "clock": (25, 0.6, 0.4, 1, ["clock ticking"]), "cough": (25, 1.0, 1.5, 1, ["coughing", "person coughing"]), "laughter": (15, 1.0, 3.0, 2, ["people laughing", "laughter"]),
    "knock": (10, 0.5, 0.8, 1, ["knocking"]), "car_horn": (15, 0.8, 1.5, 2, ["cars honking"]), "gunshot": (15, 0.5, 1.2, 1, ["gunshots", "shooting"]),
    "explosion": (15, 1.2, 3.0, 2, ["explosions"]), "thunder": (20, 2.0, 6.0, 1, ["thunderstorm"]), "glass_break": (20, 0.7, 1.5, 1, ["glass breaking"]),
    "water_drip": (15, 0.7, 0.8, 1, ["dripping water"]), "door": (10, 1.2, 1.5, 1, ["doors closing"]), "coins": (10, 0.4, 1.0, 1, ["coins"]),
    "hammer": (6, 0.6, 0.8, 1, ["hammering"]), "telephone": (25, 1.2, 2.0, 1, ["phone ringing", "telephone"]), "bell": (25, 0.8, 2.5, 1, ["bells ringing"]),
    "speech": (20, 0.8, 1.0, 2, ["people speaking", "speech"]), "crying": (15, 1.5, 4.0, 1, ["crying baby"]), "scream": (10, 1.5, 2.0, 1, ["screaming"]),
    "whoosh": (12, 0.6, 1.0, 1, ["swoosh", "swinging through the air"]), "monkey": (10, 0.8, 2.0, 2, ["monkeys"]), "seagull": (10, 1.0, 2.0, 2, ["seagulls"]),
    "insects": (10, 0.6, 3.0, 2, ["crickets chirping"]), "fireworks": (12, 0.7, 2.5, 2, ["fireworks"]),
}  # fmt: skip
INSTEAD = {"clap": ["applause"], "mouse_click": ["keyboard"], "camera": ["keyboard"]}
BACKGROUNDS = [
    "rain",
    "wind",
    "waves",
    "stream",
    "traffic",
    "night",
    "nature",
    "chatter",
    "static",
    "pink_noise",
    "engine",
    "train",
    "fire",
    "shopping",
]
OVER = [
    "dog",
    "cat",
    "bird",
    "speech",
    "car_horn",
    "siren",
    "footsteps",
    "thunder",
    "laughter",
    "door",
    "telephone",
    "bell",
    "crying",
    "piano",
    "guitar",
    "gunshot",
]


def all_scenes(rng: Rng) -> Iterator[Sound]:
    rules = load_rules()
    pool: dict[str, list[np.ndarray]] = {}
    wanted = {*REPEATED, *BACKGROUNDS, *OVER}
    with open(AUDIO / "train.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            concepts = label_clip(row["source"], row["label"], rules).concepts
            name = next((c for c in concepts[:1] if c in wanted), None)
            if name and not row["source"].startswith(HELD_OUT) and len(pool.setdefault(name, [])) < 40:
                wave = read_wave(AUDIO / row["file"])[: 12 * RATE]
                if np.abs(wave).max() > 1e-3:
                    pool[name].append(wave / np.abs(wave).max())

    def event(name: str, longest: float) -> np.ndarray:
        wave = pool[name][int(rng.integers(len(pool[name])))]
        loud = np.flatnonzero(np.abs(wave) > 0.1)
        start = max(int(loud[0]) - 1000, 0) if rng.random() < 0.7 else max(int(rng.choice(loud)) - 2000, 0)
        wave = wave[start : start + int(longest * RATE)]
        fade = np.minimum(1, np.arange(len(wave))[::-1] / 2000)
        return wave * fade

    for name, (count, gap, longest, layers, words) in REPEATED.items():
        if name not in pool:
            continue
        for _ in range(count):
            out = np.zeros(int(rng.uniform(2.5, 8) * RATE))
            for _ in range(int(rng.integers(1, layers + 1)) * (6 if name == "clap" else 1)):
                few = [event(name, longest) for _ in range(int(rng.integers(1, 5)))]
                pace, at = gap * rng.uniform(0.7, 1.5), rng.uniform(0, gap)
                if name == "clap":
                    pace *= 4
                regular = name in ("footsteps", "clock")
                while at < len(out) / RATE:
                    place(out, few[int(rng.integers(len(few)))], at, rng.uniform(0.4, 1))
                    at += pace * (rng.uniform(0.95, 1.05) if regular else rng.gamma(3, 1 / 3))
            out += 10 ** rng.uniform(-4, -2) * coloured(len(out) / RATE, rng, 1)
            if rng.random() < 0.4:
                out = room(out, rng, rng.uniform(0.3, 1.5), 0.3)
            yield Sound(out, INSTEAD.get(name, [name]), words)
    for _ in range(260):
        below, above = str(rng.choice(BACKGROUNDS)), str(rng.choice(OVER))
        if below not in pool or above not in pool:
            continue
        bed = pool[below][int(rng.integers(len(pool[below])))]
        out = np.tile(bed, int(8 * RATE / len(bed)) + 1)[: int(rng.uniform(3, 8) * RATE)] * rng.uniform(0.1, 0.7)
        for _ in range(int(rng.integers(1, 4))):
            place(out, event(above, 3), rng.uniform(0, len(out) / RATE - 1), rng.uniform(0.5, 1))
        a, b = above.replace("_", " "), below.replace("_", " ")
        yield Sound(out, [above, below], [f"{a} and {b}", f"{a} with {b} in the background"])
