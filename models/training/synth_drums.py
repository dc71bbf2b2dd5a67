"""Drum one-shots (synthesised drum machines and the sampled kits of Debian's `hydrogen-drumkits`) and loops made of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from features import read_wave
from synth_core import (
    RATE,
    Rng,
    Sound,
    bandpass,
    coloured,
    crush,
    decay,
    drive,
    highpass,
    lowpass,
    pick,
    place,
    resonate,
    room,
    seconds,  # fmt: skip
    tone,
    white,
)

KITS = Path(os.environ.get("TRAUM_DRUMKITS", "/usr/share/hydrogen/data/drumkits"))

# File name of a sampled drum (lower case) -> concepts and words.
SAMPLED = [
    (r"hat.?(choke|closed|cl|foot|pedal|pd|low|ring|bs|snap|light)|hihat-closed|hihatclosed|hihatfoot|closehihat|pedalhihat|hhclosed|hhpedal|chh|hh_0|hh_p|powr_hh|sabianhatchoke|hat 1 pd", ["hihat_closed"]),
    (r"hat.?(open|op|semi|swish)|hihat-(open|semi)|openhat|hhopen|ohh|(^|[^a-z])ho_|hhat|sabianhat|hihat(open|semi)", ["hihat_open"]),
    (r"kick|bassdrum|(^|_)bd|pearlkick|_k_0|powr_bd|hse_k", ["kick"]),
    (r"stick-rim|rimclick|sidestick|(^|[^a-z])rim_|^stick|stick_", ["rim"]),
    (r"snare|(^|_)s[dr]_|jsnare|rsnare|powr_sn", ["snare"]),
    (r"tom|(^|[^a-z])t[12]_|(^|[^a-z])ft_", ["tom"]),
    (r"ridebell|ride_cup|ride-cup|paistebell|ride18bell", ["ride", "bell"]),
    (r"ride|(^|[^a-z])rc_", ["ride"]),
    (r"crash|splash|china|(^|[^a-z])cc_|cra_", ["cymbal"]),
    (r"clap", ["clap"]),
    (r"snap", ["snap"]),
    (r"cowbell|mc_cb", ["cowbell"]),
    (r"agogo", ["agogo"]),
    (r"tambourine", ["tambourine"]),
    (r"bongo|conga", ["bongo"]),
    (r"djembe|dununba.*head|kenkeni.*head|sangban.*head|cajon", ["djembe"]),
    (r"(dununba|kenkeni|sangban).*bell", ["agogo", "cowbell"]),
    (r"clave|woodblock", ["woodblock"]),
    (r"maraca", ["shaker"]),
    (r"waterglass", ["glass"]),
    (r"whistle", ["whistle"]),
    (r"drum", ["drums", "tom"]),
    (r"click", ["mouse_click"]),
]  # fmt: skip
NAMES = {
    "kick": ["kick drum", "bass drum"], "snare": ["snare drum"], "hihat_closed": ["closed hi-hat"], "hihat_open": ["open hi-hat"],
    "clap": ["clap"], "tom": ["tom drum"], "cowbell": ["cowbell"], "rim": ["rim click"], "cymbal": ["crash cymbal"], "ride": ["ride cymbal"],
    "snap": ["finger snap"], "shaker": ["shaker"], "bongo": ["bongo", "conga"], "woodblock": ["woodblock"], "tabla": ["tabla"],
}  # fmt: skip


def kick(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.12, 1.2)
    low, high = rng.uniform(35, 65), rng.uniform(90, 500)
    sweep = low + (high - low) * np.exp(-seconds(length) / rng.uniform(0.008, 0.05))
    body = tone(sweep, length, pick(rng, "sine", "sine", "sine", "triangle"), 0.2 * rng.random()) * decay(
        length, length / rng.uniform(2.5, 5)
    )
    click = white(length, rng) * decay(length, rng.uniform(0.001, 0.006)) * rng.uniform(0, 0.5)
    out = body + lowpass(click, rng.uniform(1500, 9000))
    if rng.random() < 0.45:
        out = drive(out, rng.uniform(1.5, 8))
    if rng.random() < 0.15:
        out = crush(out, rng)
    if rng.random() < 0.2:
        out = out + rng.uniform(0.05, 0.3) * lowpass(white(length, rng), rng.uniform(300, 3000)) * decay(length, length / 4)
    return out


def snare(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.1, 0.6)
    f = rng.uniform(140, 280)
    body = sum(
        tone(f * m * (1 + 0.6 * np.exp(-seconds(length) / 0.01)), length) * decay(length, rng.uniform(0.03, 0.12)) for m in (1, 1.6, 2.2)
    )
    noise = bandpass(white(length, rng), rng.uniform(300, 2500), rng.uniform(6000, 16000)) * decay(length, rng.uniform(0.04, 0.2))
    out = rng.uniform(0.1, 0.8) * body / 3 + rng.uniform(0.5, 1.3) * noise
    if rng.random() < 0.3:
        out = drive(out, rng.uniform(1.5, 6))
    if rng.random() < 0.15:
        out = crush(out, rng)
    return room(out, rng, rng.uniform(0.2, 1.0), rng.uniform(0.1, 0.5)) if rng.random() < 0.3 else out


def metal_noise(length: float, rng: Rng) -> np.ndarray:
    base = rng.uniform(200, 700)
    partials = sum(tone(base * m * rng.uniform(0.97, 1.03), length, "square", rng.random()) for m in (1, 1.34, 1.81, 2.36, 2.9, 3.7))
    return rng.uniform(0.1, 1.0) * partials / 6 + rng.uniform(0.2, 1.2) * white(length, rng)


def hat(rng: Rng, opened: bool) -> np.ndarray:
    length = rng.uniform(0.35, 1.0) if opened else rng.uniform(0.05, 0.22)
    out = highpass(metal_noise(length, rng), rng.uniform(4000, 9500), 4) * decay(length, length / rng.uniform(2.2, 5))
    if rng.random() < 0.25:
        out = bandpass(out, rng.uniform(3000, 7000), rng.uniform(9000, 18000))
    if rng.random() < 0.15:
        out = crush(out, rng)
    return out


def cymbal(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.8, 3.5)
    strike = highpass(metal_noise(length, rng), rng.uniform(1500, 5000)) * decay(length, length / rng.uniform(2.5, 4), 0.002)
    modes = list(np.exp(rng.uniform(np.log(300), np.log(14000), 50)))
    ring = resonate(white(length, rng) * decay(length, 0.004), modes, list(rng.uniform(0.2, length / 2, 50)), [1.0] * 50)
    return strike / np.abs(strike).max() + rng.uniform(0.2, 1.0) * ring / (np.abs(ring).max() + 1e-9)


def ride(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.8, 3)
    modes = list(np.exp(rng.uniform(np.log(400), np.log(13000), 40)))
    ring = resonate(
        white(length, rng) * decay(length, 0.002), modes, list(rng.uniform(0.3, length / 1.5, 40)), list(rng.uniform(0.3, 1, 40))
    )
    ping = highpass(white(length, rng), 5000) * decay(length, 0.03)
    return ring / np.abs(ring).max() + rng.uniform(0.1, 0.5) * ping


def clap(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.15, 0.6)
    noise = bandpass(white(length, rng), rng.uniform(600, 1100), rng.uniform(2000, 5000))
    envelope = np.zeros(len(noise))
    for k in range(int(rng.integers(1, 5))):
        place(envelope, decay(length, rng.uniform(0.005, 0.012)), k * rng.uniform(0.008, 0.018))
    place(envelope, decay(length, rng.uniform(0.03, 0.13)), 0.03, rng.uniform(0.2, 0.8))
    out = noise * envelope
    return room(out, rng, rng.uniform(0.2, 0.8), 0.3) if rng.random() < 0.3 else out


def snap(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.08, 0.25)
    f = rng.uniform(1500, 3200)
    pulse = white(length, rng) * decay(length, rng.uniform(0.002, 0.006))
    out = resonate(pulse, [f, f * 1.5, f * 2.3], [rng.uniform(0.004, 0.015)] * 3, [1, 0.5, 0.3])
    if rng.random() < 0.4:
        pre = np.zeros(len(out) + int(0.02 * RATE))
        place(pre, out, 0.02)
        place(pre, out, 0, 0.3)
        out = pre
    return room(out, rng, rng.uniform(0.15, 0.8), rng.uniform(0.1, 0.5)) if rng.random() < 0.6 else out


def tom(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.25, 1.2)
    f = rng.uniform(65, 240)
    sweep = f * (1 + rng.uniform(0.1, 1.0) * np.exp(-seconds(length) / rng.uniform(0.02, 0.1)))
    out = tone(sweep, length) * decay(length, length / rng.uniform(2.5, 5)) + 0.3 * tone(sweep * 1.59, length) * decay(length, length / 8)
    out += rng.uniform(0.02, 0.25) * bandpass(white(length, rng), 200, 4000) * decay(length, 0.03)
    return drive(out, rng.uniform(1.5, 6)) if rng.random() < 0.25 else out


def cowbell(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.15, 0.7)
    f = rng.uniform(480, 800)
    if rng.random() < 0.5:
        out = (tone(f, length, "square") + tone(f * 1.48, length, "square")) * (0.6 * decay(length, 0.02) + 0.4 * decay(length, length / 3))
        return bandpass(out, f * 0.9, f * 5)
    strike = white(length, rng) * decay(length, 0.002)
    return resonate(strike, [f, f * 1.5, f * 2.7, f * 4.1, f * 5.9], list(rng.uniform(0.04, 0.15, 5)), [1, 0.9, 0.6, 0.4, 0.3])


def rim(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.05, 0.15)
    strike = white(length, rng) * decay(length, 0.001)
    f = rng.uniform(400, 1900)
    return resonate(strike, [f, f * 1.71, f * 2.9], list(rng.uniform(0.005, 0.02, 3)), [1, 0.8, 0.6])


def woodblock(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.08, 0.3)
    f = rng.uniform(500, 2800)
    return resonate(white(length, rng) * decay(length, 0.001), [f, f * 1.5, f * 2.6], list(rng.uniform(0.01, 0.045, 3)), [1, 0.5, 0.3])


def shaker(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.08, 0.35)
    out = bandpass(white(length, rng), rng.uniform(3000, 6000), rng.uniform(9000, 18000))
    return out * np.sin(np.pi * np.clip(seconds(length) / length, 0, 1)) ** rng.uniform(1, 4)


def bongo(rng: Rng) -> np.ndarray:
    length = rng.uniform(0.15, 0.6)
    f = rng.uniform(160, 480)
    strike = white(length, rng) * decay(length, rng.uniform(0.001, 0.004))
    out = resonate(strike, [f, f * 1.59, f * 2.14, f * 2.65], list(rng.uniform(0.02, 0.12, 4)), [1, 0.5, 0.3, 0.2])
    return out + 0.1 * np.abs(out).max() * highpass(strike, 1500)


def tabla(rng: Rng) -> np.ndarray:
    """Two drums: a ringing, nearly harmonic high one, and a deep one whose pitch bends."""
    length = rng.uniform(0.12, 1.3)
    if rng.random() < 0.5:
        f = rng.uniform(230, 420)
        strike = white(length, rng) * decay(length, 0.0015)
        ratios = [1, 2.0, 3.01, 4.0, 5.05]
        damp = rng.choice([0.03, 0.15, 0.45])
        out = resonate(strike, [f * r for r in ratios], list(damp * rng.uniform(0.3, 1.0, 5)), list(rng.uniform(0.2, 1, 5)))
        return out / np.abs(out).max() + 0.15 * highpass(strike, 2000)
    f = rng.uniform(65, 130)
    bend = f * (1 + rng.uniform(-0.25, 0.5) * np.clip(seconds(length) / rng.uniform(0.1, 0.4), 0, 1))
    out = tone(bend, length) * decay(length, rng.uniform(0.08, 0.45)) + 0.35 * tone(bend * 2.02, length) * decay(length, 0.09)
    return out + 0.15 * bandpass(white(length, rng), 300, 3000) * decay(length, 0.01)


ONE_SHOTS = {
    "kick": kick, "snare": snare, "hihat_closed": lambda rng: hat(rng, False), "hihat_open": lambda rng: hat(rng, True), "clap": clap,
    "tom": tom, "cowbell": cowbell, "rim": rim, "cymbal": cymbal, "ride": ride, "snap": snap, "shaker": shaker, "bongo": bongo,
    "woodblock": woodblock, "tabla": tabla,
}  # fmt: skip
COUNTS = {"kick": 160, "snare": 140, "hihat_closed": 150, "hihat_open": 50, "tabla": 120, "tom": 90, "cymbal": 60}


def synthesised(rng: Rng) -> Iterator[Sound]:
    for name, make in ONE_SHOTS.items():
        for _ in range(COUNTS.get(name, 45)):
            word = pick(rng, *NAMES[name])
            concepts = (
                [name]
                if name in ("snap", "shaker", "tabla", "woodblock", "bongo")
                else [name, *(["drum_machine"] if rng.random() < 0.3 else [])]
            )
            yield Sound(make(rng), concepts, [word, f"electronic {word}", f"{word} sample", f"{word} one shot"])


def sampled() -> list[Sound]:
    """Every recognisable file of the sampled kits."""
    sounds = []
    for path in sorted([*KITS.glob("*/*.flac"), *KITS.glob("*/*.wav")]):
        stem = path.stem.lower()
        if "empty" in stem or re.match(r"beats_|[xy]fx", stem):
            continue
        for pattern, concepts in SAMPLED:
            if re.search(pattern, stem):
                wave = read_wave(path)[: 5 * RATE]
                extra = []
                if concepts == ["tom"]:
                    extra = [
                        f"{'low' if 'low' in stem or 'floor' in stem or 'ft' in stem else 'high' if 'high' in stem or '-hi' in stem else 'mid'} tom"
                    ]
                if "splash" in stem:
                    extra = ["splash cymbal"]
                if "china" in stem:
                    extra = ["china cymbal"]
                if "cajon" in stem:
                    extra = ["cajon"]
                if len(wave) > 1000 and np.abs(wave).max() > 1e-3:
                    sounds.append(Sound(wave, concepts, [*extra, "acoustic " + NAMES.get(concepts[0], [concepts[0].replace("_", " ")])[0]]))
                break
    return sounds


STYLES = ["house", "techno", "hip hop", "breakbeat", "rock", "drum and bass", "electro", "industrial", "trap", "funk"]


def loop(rng: Rng, samples: dict[str, list[np.ndarray]]) -> Sound:
    """One or two bars of a drum pattern in some style, from sampled or synthesised drums."""
    style = pick(rng, *STYLES)
    bpm = {"drum and bass": rng.uniform(155, 180), "hip hop": rng.uniform(75, 105), "trap": rng.uniform(65, 80)}.get(
        style, rng.uniform(95, 150)
    )
    step = 60 / bpm / 4
    bars = int(rng.integers(1, 4))
    out = np.zeros(int((16 * bars * step + 0.3) * RATE))
    acoustic = rng.random() < 0.5

    def drum(name: str) -> np.ndarray:
        if acoustic and samples.get(name):
            wave = samples[name][int(rng.integers(len(samples[name])))]
        else:
            wave = ONE_SHOTS[name](rng)
        return wave / (np.abs(wave).max() + 1e-9)

    k, s, h = drum("kick"), drum("snare") if rng.random() < 0.8 else drum("clap"), drum("hihat_closed")
    o, extra = drum("hihat_open"), drum(pick(rng, "tom", "cowbell", "rim", "shaker", "bongo", "ride", "clap"))
    kicks = {"house": [0, 4, 8, 12], "techno": [0, 4, 8, 12], "electro": [0, 6, 10], "trap": [0, 7, 10], "rock": [0, 8, 10],
             "drum and bass": [0, 10], "breakbeat": [0, 2, 10, 11], "funk": [0, 3, 6, 10]}.get(style, [0, int(rng.integers(5, 9)), 10])  # fmt: skip
    for bar in range(bars):
        for i in range(16):
            at = (16 * bar + i) * step + rng.normal(0, 0.003 if acoustic else 0.0005)
            at = max(at + (step * 0.2 if i % 2 and style in ("hip hop", "funk") else 0), 0)
            if i in kicks or rng.random() < 0.04:
                place(out, k, at, rng.uniform(0.8, 1))
            if i in (4, 12) or (style in ("breakbeat", "funk", "drum and bass") and rng.random() < 0.1):
                place(out, s, at, rng.uniform(0.6, 0.95))
            if (i % 2 == 0 and rng.random() < 0.9) or rng.random() < 0.25:
                place(out, h, at, rng.uniform(0.15, 0.45))
            if i % 8 == 6 and rng.random() < 0.5:
                place(out, o, at, 0.3)
            if rng.random() < 0.12:
                place(out, extra, at, rng.uniform(0.2, 0.5))
    if style == "industrial" or rng.random() < 0.2:
        out = drive(out, rng.uniform(2, 8))
    if rng.random() < 0.15:
        out = crush(out, rng)
    if rng.random() < 0.25:
        out = room(out, rng, rng.uniform(0.3, 1.2), rng.uniform(0.1, 0.4))
    return Sound(
        out[: 10 * RATE],
        ["drum_loop", "drums"],
        [
            f"{style} drum loop",
            f"{style} beat",
            f"drum loop at {round(bpm)} bpm",
            "breakbeat" if style in ("breakbeat", "drum and bass", "funk") else "drum beat",
        ],
    )


def percussion_loop(rng: Rng, samples: dict[str, list[np.ndarray]]) -> Sound:
    hand = pick(rng, "tabla", "bongo", "djembe", "shaker", "woodblock")
    step = 60 / rng.uniform(80, 150) / 4
    out = np.zeros(int(rng.uniform(2, 6) * RATE))
    pool = samples.get(hand, []) if hand == "djembe" or rng.random() < 0.4 else []
    make = ONE_SHOTS.get(hand, bongo)
    voices = [pool[int(rng.integers(len(pool)))] if pool else make(rng) for _ in range(5)]
    pattern = rng.integers(0, 7, 16)
    for i in range(int(len(out) / RATE / step)):
        v = pattern[i % 16] if rng.random() < 0.9 else int(rng.integers(0, 7))
        if v < 5:
            place(out, voices[v] / (np.abs(voices[v]).max() + 1e-9), max(i * step + rng.normal(0, 0.004), 0), rng.uniform(0.3, 1))
    word = {"tabla": "tabla", "bongo": "conga", "djembe": "djembe", "shaker": "shaker", "woodblock": "woodblock"}[hand]
    return Sound(out, ["perc_loop", hand, "drum_loop"], [f"{word} loop", f"{word} rhythm", f"{word} playing"])


def roll(rng: Rng, samples: dict[str, list[np.ndarray]]) -> Sound:
    """A drum roll: many soft strokes, getting louder, often with a last hit."""
    length = rng.uniform(0.8, 4)
    out = np.zeros(int((length + 0.6) * RATE))
    pool = samples.get("snare", [])
    strokes = [pool[int(rng.integers(len(pool)))] if pool and rng.random() < 0.7 else snare(rng) for _ in range(4)]
    at, rate = 0.0, rng.uniform(14, 30)
    while at < length:
        stroke = strokes[int(rng.integers(4))]
        place(out, stroke / (np.abs(stroke).max() + 1e-9), at, rng.uniform(0.4, 1) * (0.3 + 0.7 * at / length))
        at += rng.uniform(0.8, 1.2) / rate
    if rng.random() < 0.5:
        place(out, strokes[0] / np.abs(strokes[0]).max(), length, 1.5)
    return Sound(out, ["drum_roll", "snare"], ["drum roll", "snare drum roll", "drum roll before an announcement"])


def all_drums(rng: Rng) -> Iterator[Sound]:
    kit = sampled()
    samples: dict[str, list[np.ndarray]] = {}
    for sound in kit:
        samples.setdefault(sound.concepts[0], []).append(sound.wave)
    yield from kit
    yield from synthesised(rng)
    for _ in range(260):
        yield loop(rng, samples)
    for _ in range(90):
        yield percussion_loop(rng, samples)
    for _ in range(40):
        yield roll(rng, samples)
    for _ in range(40):  # 808-style and noise toms, reversed cymbals, brushes
        wave = cymbal(rng)[::-1]
        yield Sound(wave, ["cymbal_bow", "riser"], ["reverse cymbal"])
        brush = bandpass(coloured(0.5, rng, 0.5), 800, 9000) * np.sin(np.pi * seconds(0.5) / 0.5) ** 2
        yield Sound(brush, ["snare", "whoosh"], ["brushed snare", "snare brush"])
