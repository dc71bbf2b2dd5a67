"""Sounds of things, weather, machines, animals and electronics, synthesised with their exact names.

Each maker draws its parameters at random; `MAKERS` says how many of each are made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.signal

from synth_core import (
    RATE,
    Maker,
    Rng,
    Sound,
    bandpass,
    coloured,
    crush,
    decay,
    drive,
    formants,
    highpass,
    lowpass,
    pick,
    place,
    resonate,  # fmt: skip
    room,
    seconds,
    swell,
    swept,
    tone,
    wander,
    white,
)

u = lambda rng, low, high: float(rng.uniform(low, high))  # noqa: E731


# --- tones, alarms, telephones, computers
def beep(rng: Rng) -> Sound:
    f, shape = u(rng, 300, 4000), pick(rng, "sine", "sine", "square", "triangle", "pulse")
    kind = int(rng.integers(4))
    if kind == 0:  # one beep or blip
        length = u(rng, 0.03, 0.7)
        wave = tone(f, length, shape) * swell(length, 0.002, u(rng, 0.005, length * 0.9))
    elif kind == 1:  # gliding blip
        length = u(rng, 0.04, 0.35)
        glide = f * np.exp(u(rng, -1.8, 1.8) * seconds(length) / length)
        wave = tone(np.clip(glide, 80, 9000), length, shape) * decay(length, length / u(rng, 1.5, 4))
    elif kind == 2:  # a few equal beeps
        on, gap, count = u(rng, 0.05, 0.3), u(rng, 0.04, 0.4), int(rng.integers(2, 8))
        wave = np.zeros(int(count * (on + gap) * RATE))
        for k in range(count):
            place(wave, tone(f, on, shape) * swell(on, 0.003, 0.005), k * (on + gap))
    else:  # ping: decaying tone with a partial
        length = u(rng, 0.1, 1.2)
        wave = tone(f, length) * decay(length, length / 4) + u(rng, 0, 0.5) * tone(f * u(rng, 1.5, 3), length) * decay(length, length / 7)
    if rng.random() < 0.2:
        wave = room(wave, rng, u(rng, 0.2, 1), 0.3)
    extra = ["computer"] if rng.random() < 0.15 else []
    return Sound(
        wave,
        ["beep", *extra],
        ["electronic beep", "blip", "digital beep", "high beep" if f > 1500 else "low beep", "short electronic blip"],
    )


def computer(rng: Rng) -> Sound:
    length = u(rng, 1, 5)
    wave = np.zeros(int(length * RATE))
    now, pace = 0.0, u(rng, 0.04, 0.15)
    while now < length - 0.2:
        on = pace * u(rng, 0.3, 1.0)
        place(wave, tone(u(rng, 300, 3500), on, pick(rng, "sine", "square", "triangle")) * swell(on, 0.002, 0.01), now, u(rng, 0.3, 1))
        now += pace * rng.choice([1, 1, 2])
    return Sound(
        wave, ["computer", "beep"], ["computer calculating", "science fiction computer beeps", "robot beeps", "random electronic beeps"]
    )


def videogame(rng: Rng) -> Sound:
    kind = int(rng.integers(4))
    if kind == 0:
        f = u(rng, 400, 1200)
        wave = np.concatenate([tone(f, 0.07, "square"), tone(f * 1.335, 0.4, "square") * decay(0.4, 0.12)])
        words = ["coin pickup in a video game"]
    elif kind == 1:
        length = u(rng, 0.15, 0.5)
        wave = tone(np.linspace(u(rng, 150, 400), u(rng, 600, 1500), int(length * RATE)), length, "square") * decay(length, length)
        words = ["jump sound in a video game"]
    elif kind == 2:
        base = u(rng, 200, 500)
        wave = np.concatenate([tone(base * 2 ** (k / 12), 0.07, "square") * decay(0.07, 0.1) for k in (0, 4, 7, 12, 16, 19, 24)])
        words = ["power-up in a video game", "level up"]
    else:
        notes = rng.choice([0, 2, 4, 5, 7, 9, 12], 14)
        wave = np.concatenate(
            [tone(u(rng, 220, 240) * 2 ** (n / 12), 0.12, pick(rng, "square", "pulse")) * decay(0.12, 0.12) for n in notes]
        )
        words = ["8-bit melody", "chiptune"]
    return Sound(wave, ["videogame"], words)


def siren(rng: Rng) -> Sound:
    length = u(rng, 2.5, 8)
    t, kind = seconds(length), int(rng.integers(4))
    low, high = u(rng, 350, 750), u(rng, 900, 1700)
    if kind == 0:
        f, words = (
            np.where((t * u(rng, 0.8, 2)) % 1 < 0.5, low * 1.1, low * 1.1 * u(rng, 1.25, 1.42)),
            ["two-tone siren", "european ambulance siren", "Martinshorn"],
        )
    elif kind == 1:
        f, words = (
            low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * t * u(rng, 0.1, 0.4))),
            ["wailing police siren", "american police siren"],
        )
    elif kind == 2:
        f, words = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * t * u(rng, 2.5, 5))), ["yelping siren", "fast police siren"]
    else:
        f, words = (
            200 + high * 0.4 * np.clip(t / (length * 0.4), 0, 1) * np.clip((length - t) / (length * 0.4), 0.1, 1),
            ["air raid siren", "civil defence siren"],
        )
    wave = tone(f * (1 + 0.02 * (t / length) * u(rng, -4, 4)), length, pick(rng, "square", "saw", "triangle", "sine"))
    wave = bandpass(wave, u(rng, 250, 500), u(rng, 2500, 6000)) * wander(length, rng, 0.5, 0.4, 1)
    wave = room(wave, rng, u(rng, 0.5, 2.5), u(rng, 0.1, 0.8))[: int(length * RATE)]
    if rng.random() < 0.6:
        wave = wave / np.abs(wave).max() + u(rng, 0.01, 0.2) * coloured(length, rng, 1.3)
    return Sound(wave, ["siren"], [*words, "siren", "emergency vehicle siren"])


def alarm(rng: Rng) -> Sound:
    length, f = u(rng, 2, 6), u(rng, 600, 3300)
    t, kind = seconds(length), int(rng.integers(5))
    if kind == 0:
        wave, words, concepts = tone(f, length, "square") * ((t * u(rng, 1.5, 5)) % 1 < 0.5), ["alarm beeping", "alarm sounding"], ["alarm"]
    elif kind == 1:
        wave, words, concepts = (
            tone(np.where((t * u(rng, 2, 8)) % 1 < 0.5, f, f * 1.3), length, "square"),
            ["two-tone alarm", "warning alarm"],
            ["alarm"],
        )
    elif kind == 2:
        wave, words, concepts = (
            tone(u(rng, 2800, 3400), length, "square") * (((t % 1.5) < 1.2) & ((t * 2) % 1 < 0.5)),
            ["smoke detector", "fire alarm"],
            ["alarm"],
        )
    elif kind == 3:
        gate = ((t % 1.0) < 0.5) & ((t * 8) % 1 < 0.5)
        wave, words, concepts = (
            tone(u(rng, 1800, 2600), length, "pulse") * gate,
            ["digital alarm clock", "alarm clock beeping"],
            ["alarm_clock", "alarm"],
        )
    else:
        wave, words, concepts = (
            tone(u(rng, 200, 450), length, "saw") * ((t * u(rng, 0.5, 1.5)) % 1 < 0.6),
            ["klaxon alarm", "buzzing alarm"],
            ["alarm", "buzzer"],
        )
    return Sound(room(wave, rng, u(rng, 0.2, 1.2), u(rng, 0, 0.4))[: int(length * RATE)], concepts, words)


def mechanical_ring(length: float, rng: Rng, rate: float, modes: list[float]) -> np.ndarray:
    hits = np.zeros(int(length * RATE))
    hits[(np.arange(0, length, 1 / rate) * RATE).astype(int)] = 1
    return resonate(hits, modes, list(rng.uniform(0.03, 0.25, len(modes))), list(rng.uniform(0.3, 1, len(modes))))


def telephone(rng: Rng) -> Sound:
    kind = int(rng.integers(4))
    if kind == 0:  # bell telephone
        length = u(rng, 2, 6)
        wave = mechanical_ring(
            length, rng, u(rng, 18, 30), [u(rng, 1200, 1800), u(rng, 1900, 2600), u(rng, 3000, 6000), u(rng, 5000, 9000)]
        )
        wave *= np.clip(np.sign(((seconds(length) % u(rng, 2.5, 4)) < u(rng, 1, 2)) - 0.5), 0.03, 1)
        words = ["old telephone ringing", "telephone bell", "rotary phone rings", "phone ringing"]
    elif kind == 1:  # electronic warble
        length = u(rng, 1.5, 5)
        t = seconds(length)
        f = u(rng, 700, 2000)
        wave = tone(np.where((t * u(rng, 10, 25)) % 1 < 0.5, f, f * u(rng, 1.15, 1.4)), length, pick(rng, "square", "sine", "triangle")) * (
            (t % 2.0) < u(rng, 0.6, 1.2)
        )
        words = ["electronic phone ringing", "office telephone", "telephone ringing"]
    elif kind == 2:  # mobile melody
        notes = [
            tone(u(rng, 1000, 1100) * 2 ** (n / 12), d, pick(rng, "square", "sine")) * decay(d, d)
            for n in rng.choice([0, 2, 4, 7, 9, 12, 14], 8)
            for d in [float(rng.choice([0.1, 0.2]))]
        ]
        wave = np.concatenate(notes * 2)
        words = ["mobile phone ringtone", "cell phone ringing", "ringtone melody"]
    else:  # vibrating phone
        length = u(rng, 1.5, 4)
        wave = lowpass(tone(u(rng, 130, 190), length, "square"), 1200) * ((seconds(length) % 1.6) < 0.9) + 0.1 * white(length, rng) * 0.2
        words = ["vibrating phone", "cell phone buzzing"]
    if rng.random() < 0.5:
        wave = room(wave, rng, u(rng, 0.2, 0.9), 0.25)
    return Sound(wave, ["telephone"], words)


def dial(rng: Rng) -> Sound:
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
    kind = int(rng.integers(3))
    if kind == 0:
        digits = [
            (tone(rng.choice(rows), 0.12) + tone(rng.choice(columns), 0.12)) * swell(0.12, 0.003, 0.003)
            for _ in range(int(rng.integers(1, 10)))
        ]
        gap = np.zeros(int(u(rng, 0.04, 0.2) * RATE))
        wave, words = (
            np.concatenate([part for d in digits for part in (d, gap)]),
            ["dialing a phone number", "touch tones", "telephone keypad"],
        )
    elif kind == 1:
        length = u(rng, 1.5, 4)
        wave, words = tone(425, length) + (tone(350, length) if rng.random() < 0.5 else 0), ["dial tone"]
    else:
        length = u(rng, 2, 5)
        wave, words = (
            tone(u(rng, 400, 480), length) * ((seconds(length) % 0.5) < 0.25 if rng.random() < 0.5 else (seconds(length) % 2.5) < 1),
            ["busy signal", "ringing tone in the telephone receiver"],
        )
    return Sound(bandpass(wave, 250, 3600), ["dial", "telephone"], words)


def modem(rng: Rng) -> Sound:
    parts = []
    for _ in range(int(rng.integers(2, 5))):
        length = u(rng, 0.4, 1.5)
        kind = int(rng.integers(3))
        if kind == 0:
            parts.append(tone(rng.choice([1200, 2100, 1800, 2225]), length))
        elif kind == 1:
            parts.append(tone(np.repeat(rng.choice([1070, 1270, 2025, 2225], int(length * 300) + 1), 160)[: int(length * RATE)], length))
        else:
            parts.append(bandpass(white(length, rng), 400, 3400) + 0.5 * tone(1800, length))
    return Sound(np.concatenate(parts), ["modem", "computer"], ["dial-up modem", "fax machine", "modem handshake"])


def buzzer(rng: Rng) -> Sound:
    length = u(rng, 0.3, 1.5)
    f = u(rng, 80, 260)
    wave = lowpass(tone(f, length, "saw") + tone(f * 1.01, length, "square"), u(rng, 1500, 6000)) * swell(length, 0.005, 0.02)
    return Sound(wave, ["buzzer"], ["buzzer", "wrong answer buzzer", "game show buzzer"])


def doorbell(rng: Rng) -> Sound:
    kind, f = int(rng.integers(3)), u(rng, 500, 1000)
    if kind == 0:
        wave = np.zeros(int(2.5 * RATE))
        for k, ratio in enumerate((1.0, 0.794)):
            note = sum(tone(f * ratio * m, 1.8) * decay(1.8, u(rng, 0.3, 0.6) / m) / m for m in (1, 2.0, 3.01, 4.2))
            place(wave, note, k * u(rng, 0.4, 0.7))
    elif kind == 1:
        wave = mechanical_ring(u(rng, 0.8, 2), rng, u(rng, 25, 45), [u(rng, 1800, 3000), u(rng, 3000, 5000), u(rng, 5000, 8000)])
    else:
        notes = rng.choice([0, 4, 7, 12, 5], 4)
        wave = np.concatenate([tone(f * 2 ** (n / 12), 0.4) * decay(0.4, 0.2) for n in notes])
    return Sound(room(wave, rng, 0.5, 0.2), ["doorbell", "bell"], ["doorbell", "ding dong", "door bell ringing"])


# --- bells, glass, metal
def bell(rng: Rng) -> Sound:
    kind = int(rng.integers(5))
    if kind == 0:
        f, ratios, length, concepts, words = (
            u(rng, 90, 260),
            [0.5, 1, 1.19, 1.5, 2, 2.5, 2.67, 3.0, 4.1],
            u(rng, 3, 7),
            ["church_bell", "bell"],
            ["church bell", "big bell tolling", "bell tower"],
        )
    elif kind == 1:
        f, ratios, length, concepts, words = (
            u(rng, 900, 3200),
            [1, 2.2, 3.1, 4.6, 5.4],
            u(rng, 0.4, 2.5),
            ["bell"],
            ["small bell", "hand bell", "tinkling bell"],
        )
    elif kind == 2:
        f, ratios, length, concepts, words = (
            u(rng, 300, 900),
            [1, 2.0, 2.76, 3.5, 5.4, 6.8],
            u(rng, 0.8, 3.5),
            ["bell"],
            ["bell ringing", "electronic bell", "bell tone"],
        )
    elif kind == 3:
        f, ratios, length, concepts, words = (
            u(rng, 1800, 3200),
            [1, 1.52, 2.4, 3.6],
            u(rng, 0.5, 1.5),
            ["bicycle_bell", "bell"],
            ["bicycle bell"],
        )
    else:
        f, ratios, length, concepts, words = (
            u(rng, 1000, 2600),
            [1, 2.76, 5.4],
            u(rng, 0.3, 1.6),
            ["bell", "triangle"],
            ["ding", "ping of a bell", "chime"],
        )
    strikes = 1 if rng.random() < 0.5 else int(rng.integers(2, 6))
    gap = u(rng, 0.08, 0.25) if kind == 3 else u(rng, 0.25, 1.6)
    wave = np.zeros(int((length + gap * (strikes - 1)) * RATE))
    fm = rng.random() < 0.25
    for k in range(strikes):
        if fm:
            note = np.sin(
                2 * np.pi * f * seconds(length) + 4 * decay(length, length / 6) * np.sin(2 * np.pi * f * 1.4 * seconds(length))
            ) * decay(length, length / 5)
        else:
            note = sum(u(rng, 0.2, 1) * tone(f * r, length, phase=rng.random()) * decay(length, length / 3.5 / r**0.6) for r in ratios)
            note += 0.2 * highpass(white(length, rng), 3000) * decay(length, 0.004)
        place(wave, note, k * gap, u(rng, 0.6, 1))
    if rng.random() < 0.5:
        wave = room(wave, rng, u(rng, 0.5, 2.5), u(rng, 0.1, 0.4))
    return Sound(wave, concepts, words)


def wind_chime(rng: Rng) -> Sound:
    length = u(rng, 3, 7)
    wave = np.zeros(int(length * RATE))
    base, at = u(rng, 900, 2200), 0.0
    scale = base * 2 ** (rng.choice([0, 2, 4, 7, 9, 12, 14, 16], 7) / 12)
    while at < length - 0.3:
        f = rng.choice(scale)
        d = 1.6
        place(wave, tone(f, d) * decay(d, 0.5) + 0.4 * tone(f * 2.76, d) * decay(d, 0.2), at, u(rng, 0.1, 1))
        at += float(rng.exponential(0.18)) + 0.02
    return Sound(wave, ["wind_chime"], ["wind chimes", "tinkling wind chimes"])


def magic(rng: Rng) -> Sound:
    length = u(rng, 1, 3)
    wave = np.zeros(int((length + 1) * RATE))
    count, rising = int(rng.integers(12, 40)), rng.random() < 0.6
    for k in range(count):
        f = 900 * 2 ** ((k / count if rising else 1 - k / count) * u(rng, 1.5, 3))
        place(wave, tone(f, 0.6) * decay(0.6, 0.15), k * length / count, u(rng, 0.3, 1))
    return Sound(room(wave, rng, 1.2, 0.5), ["magic", "wind_chime"], ["fairy dust", "magic sparkle", "magic spell"])


def glass(rng: Rng) -> Sound:
    length = u(rng, 0.3, 1.5)
    strikes = int(rng.choice([1, 1, 2, 3]))
    wave = np.zeros(int((length + 0.5) * RATE))
    f = u(rng, 1200, 4200)
    for k in range(strikes):
        pulse = white(length, rng) * decay(length, 0.0008)
        modes = [f * m * u(rng, 0.98, 1.02) for m in (1, 2.32, 4.25, 6.3)]
        note = resonate(pulse, modes, list(rng.uniform(0.04, 0.35, 4)), [1, 0.7, 0.5, 0.3])
        place(wave, note / np.abs(note).max(), k * u(rng, 0.08, 0.2))
    return Sound(wave, ["glass"], ["glass clink", "clinking glasses", "glass hit", "tapping a glass"])


def glass_break(rng: Rng) -> Sound:
    length = u(rng, 0.8, 2.5)
    wave = np.zeros(int(length * RATE))
    crack = highpass(white(0.4, rng), u(rng, 1000, 3000)) * decay(0.4, u(rng, 0.02, 0.1))
    place(wave, crack / np.abs(crack).max(), 0.0)
    for _ in range(int(rng.integers(40, 140))):
        d, f = 0.3, u(rng, 2000, 11000)
        shard = resonate(white(d, rng) * decay(d, 0.0006), [f, f * 1.7, f * 2.6], list(rng.uniform(0.006, 0.08, 3)), [1, 0.6, 0.4])
        place(wave, shard / (np.abs(shard).max() + 1e-9), float(rng.exponential(length / 5)), u(rng, 0.05, 0.5))
    if rng.random() < 0.5:
        place(wave, lowpass(white(0.3, rng), 400) * decay(0.3, 0.05), 0, 0.4)
    wave = room(wave, rng, u(rng, 0.2, 0.8), 0.2)
    return Sound(wave, ["glass_break"], ["glass breaking", "shattering glass", "window smashed", "broken glass"])


def glass_rub(rng: Rng) -> Sound:
    length, f = u(rng, 2, 6), u(rng, 350, 1400)
    f = f * (1 + 0.004 * wander(length, rng, 3, -1, 1))
    wave = sum(tone(f * m, length, phase=rng.random()) * wander(length, rng, 2.5, 0.3, 1) / m**1.3 for m in (1, 2.01, 3.02)) * swell(
        length, 0.4, 0.5
    )
    wave += u(rng, 0.02, 0.1) * bandpass(white(length, rng), 1500, 8000) * wander(length, rng, 4)
    return Sound(wave, ["glass_rub", "drone"], ["rubbing a wine glass", "glass humming", "glass harmonica", "singing wine glass"])


def metal_hit(rng: Rng) -> Sound:
    length, f = u(rng, 0.3, 2.5), u(rng, 150, 1400)
    modes = list(f * np.sort(rng.uniform(1, 12, 14)))
    pulse = lowpass(white(length, rng), u(rng, 4000, 14000)) * decay(length, u(rng, 0.001, 0.006))
    wave = resonate(pulse, modes, list(rng.uniform(0.02, length / 4, 14)), list(rng.uniform(0.2, 1, 14)))
    if rng.random() < 0.4:
        wave = room(wave, rng, u(rng, 0.3, 1.5), 0.25)
    return Sound(wave, ["metal_hit"], ["metal hit", "clang", "hitting a metal pipe", "metallic bang"])


def coins(rng: Rng) -> Sound:
    length = u(rng, 0.5, 2.5)
    wave = np.zeros(int(length * RATE))
    bases = rng.uniform(2500, 7000, 4)
    for _ in range(int(rng.integers(3, 25))):
        f = rng.choice(bases)
        ding = resonate(white(0.3, rng) * decay(0.3, 0.0005), [f, f * 1.48, f * 2.1], list(rng.uniform(0.02, 0.1, 3)), [1, 0.8, 0.6])
        place(wave, ding / np.abs(ding).max(), float(rng.exponential(length / 4)), u(rng, 0.2, 1))
    return Sound(wave, ["coins"], ["coins dropping", "coins jingling", "money", "coin falls"])


def keys(rng: Rng) -> Sound:
    length = u(rng, 0.8, 3)
    wave = np.zeros(int(length * RATE))
    for _ in range(int(rng.integers(20, 90))):
        f = u(rng, 3000, 10000)
        ting = resonate(white(0.15, rng) * decay(0.15, 0.0005), [f, f * 1.3], list(rng.uniform(0.005, 0.04, 2)), [1, 0.7])
        place(wave, ting / np.abs(ting).max(), u(rng, 0, length), u(rng, 0.05, 1))
    return Sound(wave, ["keys"], ["keys jingling", "bunch of keys", "key ring"])


def cash_register(rng: Rng) -> Sound:
    wave = np.zeros(int(u(rng, 1.4, 2.6) * RATE))
    at = 0.0
    for _ in range(int(rng.integers(1, 5))):
        clack = resonate(white(0.1, rng) * decay(0.1, 0.002), [u(rng, 600, 2500), u(rng, 2500, 6000)], [0.01, 0.006], [1, 0.7])
        place(wave, clack / np.abs(clack).max(), at, u(rng, 0.3, 0.8))
        at += u(rng, 0.05, 0.18)
    f = u(rng, 1800, 3600)
    ding = sum(tone(f * m, 1.4) * decay(1.4, 0.35 / m) / m for m in (1, 2.41, 3.9))
    place(wave, ding, at, 0.7)
    drawer = bandpass(white(0.35, rng), 200, 3000) * swell(0.35, 0.05, 0.1)
    place(wave, drawer / np.abs(drawer).max(), at + 0.1, 0.5)
    place(wave, lowpass(white(0.2, rng), 900) * decay(0.2, 0.03), at + 0.45, 0.4)
    for _ in range(int(rng.integers(0, 6))):
        fc = u(rng, 3000, 7000)
        place(wave, tone(fc, 0.1) * decay(0.1, 0.02), at + u(rng, 0.3, 0.9), 0.2)
    return Sound(wave, ["cash_register"], ["cash register", "shop till", "ka-ching", "cash drawer opening with a bell"])


# --- clicks, clocks, typing, knocks
def click_sound(rng: Rng, low: float = 1000, high: float = 6000, ring: float = 0.006) -> np.ndarray:
    pulse = white(0.06, rng) * decay(0.06, u(rng, 0.0004, 0.002))
    wave = resonate(pulse, list(rng.uniform(low, high, 4)), list(rng.uniform(ring * 0.3, ring, 4)), list(rng.uniform(0.3, 1, 4)))
    return wave / (np.abs(wave).max() + 1e-9)


def clock(rng: Rng) -> Sound:
    length, period = u(rng, 1.5, 8), rng.choice([1.0, 0.5, 0.25, 0.2, u(rng, 0.3, 1.0)])
    heavy = rng.random() < 0.5
    pair = [
        click_sound(rng, 600 if heavy else 2000, 3000 if heavy else 7000, 0.015),
        click_sound(rng, 600 if heavy else 2000, 3000 if heavy else 7000, 0.015),
    ]
    wave = np.zeros(int(length * RATE))
    for k in range(int(length / period)):
        place(wave, pair[k % 2], 0.05 + k * period, u(rng, 0.85, 1.0))
    wave = wave + 10 ** u(rng, -4, -2) * coloured(length, rng, 1)
    if rng.random() < 0.4:
        wave = room(wave, rng, u(rng, 0.2, 0.8), 0.15)[: int(length * RATE)]
    return Sound(wave, ["clock"], ["clock ticking", "tick tock", "ticking watch" if period < 0.4 else "ticking clock on the wall"])


def keyboard(rng: Rng) -> Sound:
    length = u(rng, 1.5, 7)
    wave = 10 ** u(rng, -4, -2) * coloured(length, rng, 1)
    low, high = (300, 2500) if rng.random() < 0.3 else (1000, 6500)
    at, rate = 0.05, u(rng, 5, 12)
    voices = [(click_sound(rng, low, high, 0.012), click_sound(rng, low * 1.3, high * 1.2, 0.008)) for _ in range(8)]
    while at < length - 0.2:
        down, up = voices[int(rng.integers(8))]
        level = u(rng, 0.4, 1)
        place(wave, down, at, level)
        place(wave, up, at + u(rng, 0.05, 0.11), level * u(rng, 0.2, 0.7))
        if rng.random() < 0.1:
            thump = lowpass(white(0.1, rng), 700) * decay(0.1, 0.012)
            place(wave, thump / np.abs(thump).max(), at, 0.6)
        at += float(rng.gamma(3, 1 / 3)) / rate + (u(rng, 0.2, 0.7) if rng.random() < 0.07 else 0)
    return Sound(wave, ["keyboard"], ["typing on a keyboard", "keyboard typing", "computer keyboard", "someone types on a laptop"])


def mouse_click(rng: Rng) -> Sound:
    count = int(rng.choice([1, 2, 2, 4]))
    wave = np.zeros(int((0.15 + count * 0.25) * RATE))
    down, up = click_sound(rng, 1500, 7000, 0.006), click_sound(rng, 2000, 8000, 0.005)
    for k in range(count):
        place(wave, down, 0.01 + k * 0.22)
        place(wave, up, 0.01 + k * 0.22 + u(rng, 0.05, 0.12), 0.7)
    return Sound(wave, ["mouse_click"], ["mouse click", "clicking", "button click"])


def camera(rng: Rng) -> Sound:
    wave = np.zeros(int(0.6 * RATE))
    place(wave, click_sound(rng, 800, 5000, 0.01), 0.0)
    slide = bandpass(white(0.12, rng), 1500, 8000) * swell(0.12, 0.03, 0.05)
    place(wave, slide / np.abs(slide).max(), 0.02, 0.3)
    place(wave, click_sound(rng, 800, 5000, 0.01), u(rng, 0.06, 0.2), 0.9)
    return Sound(wave, ["camera"], ["camera shutter", "taking a photo"])


def knock(rng: Rng) -> Sound:
    count, gap = int(rng.integers(2, 7)), u(rng, 0.1, 0.35)
    wave = np.zeros(int((count * gap + 0.4) * RATE))
    f = u(rng, 90, 450)
    for k in range(count):
        pulse = white(0.2, rng) * decay(0.2, u(rng, 0.002, 0.005))
        hit = resonate(pulse, [f, f * 1.7, f * 2.9, f * 4.3], list(rng.uniform(0.01, 0.05, 4)), [1, 0.7, 0.4, 0.3])
        place(wave, hit / np.abs(hit).max(), k * gap * u(rng, 0.95, 1.05), u(rng, 0.7, 1))
    return Sound(room(wave, rng, u(rng, 0.2, 0.8), 0.2), ["knock"], ["knocking on a door", "door knock", "knock knock"])


def door(rng: Rng) -> Sound:
    wave = np.zeros(int(1.4 * RATE))
    slam = rng.random() < 0.4
    if rng.random() < 0.4:
        swing = bandpass(white(0.4, rng), 150, 1500) * swell(0.4, 0.3, 0.1)
        place(wave, swing / np.abs(swing).max(), 0.0, 0.1)
    thud = resonate(
        lowpass(white(0.6, rng), 2500) * decay(0.6, u(rng, 0.005, 0.02)),
        [u(rng, 60, 110), u(rng, 130, 220), u(rng, 260, 480), u(rng, 600, 1100)],
        list(rng.uniform(0.03, 0.12, 4)),
        [1, 0.8, 0.5, 0.3],
    )
    at = u(rng, 0.1, 0.4)
    place(wave, thud / np.abs(thud).max(), at, 1.0)
    for _ in range(int(rng.integers(1, 4))):
        place(wave, click_sound(rng, 900, 4500, 0.012), at + u(rng, -0.06, 0.15), u(rng, 0.2, 0.6) * (0.5 if slam else 1))
    wave = room(wave, rng, u(rng, 0.3, 1.8 if slam else 0.8), u(rng, 0.1, 0.6 if slam else 0.25))
    return Sound(
        wave, ["door_slam", "door"] if slam else ["door"], ["door slam", "slamming door"] if slam else ["door closing", "closing a door"]
    )


def creak(rng: Rng) -> Sound:
    length = u(rng, 0.6, 3)
    rate = u(rng, 30, 180) * (0.6 + 0.8 * wander(length, rng, 3))
    phase = np.cumsum(rate) / RATE
    pulses = np.diff(np.floor(phase), prepend=0) * (0.5 + rng.random(len(phase)))
    wave = resonate(pulses, list(rng.uniform(400, 3000, 6)), list(rng.uniform(0.004, 0.02, 6)), list(rng.uniform(0.3, 1, 6))) * wander(
        length, rng, 4, 0.2, 1
    )
    return Sound(room(wave, rng, 0.5, 0.2), ["door_creak"], ["creaking door", "squeaky hinge", "creaking wood"])


def footsteps(rng: Rng) -> Sound:
    kind = pick(rng, "hard", "gravel", "grass", "snow", "wood")
    length, run = u(rng, 1.5, 6), rng.random() < 0.2
    gap = u(rng, 0.25, 0.35) if run else u(rng, 0.45, 0.75)
    wave = np.zeros(int((length + 0.5) * RATE))
    for k in range(int(length / gap)):
        step = np.zeros(int(0.4 * RATE))
        for part, at in ((1.0, 0.0), (u(rng, 0.3, 0.7), u(rng, 0.05, 0.13))):
            if kind == "hard":
                hit = resonate(
                    white(0.2, rng) * decay(0.2, 0.003),
                    [u(rng, 120, 300), u(rng, 800, 1800), u(rng, 2000, 4500)],
                    [0.02, 0.008, 0.005],
                    [1, 0.6, 0.5],
                )
            elif kind == "wood":
                hit = resonate(
                    white(0.2, rng) * decay(0.2, 0.004),
                    [u(rng, 80, 160), u(rng, 200, 400), u(rng, 500, 900)],
                    [0.05, 0.03, 0.01],
                    [1, 0.8, 0.3],
                )
            else:
                low, high = {"gravel": (1200, 9000), "grass": (800, 6000), "snow": (300, 3500)}[kind]
                grains = white(0.25, rng) * (rng.random(int(0.25 * RATE)) < {"gravel": 0.02, "grass": 0.3, "snow": 0.05}[kind])
                hit = bandpass(grains, low, high) * swell(0.25, 0.03, 0.18)
            place(step, hit / (np.abs(hit).max() + 1e-9), at, part)
        place(wave, step, 0.02 + k * gap * u(rng, 0.97, 1.03), u(rng, 0.6, 1))
    wave += 10 ** u(rng, -4.5, -2.5) * coloured(len(wave) / RATE, rng, 1)[: len(wave)]
    if rng.random() < 0.5:
        wave = room(wave, rng, u(rng, 0.2, 1.5), 0.2)
    where = {
        "hard": ("footsteps_hard", "footsteps on a hard floor"),
        "gravel": ("footsteps_gravel", "walking on gravel"),
        "grass": ("footsteps_grass", "walking through grass"),
        "snow": ("footsteps_snow", "footsteps in snow"),
        "wood": ("footsteps_wood", "footsteps on wood"),
    }[kind]
    return Sound(
        wave,
        ["footsteps", where[0], *(["running"] if run else [])],
        [where[1], "someone running" if run else "someone walking", "footsteps"],
    )


def heartbeat(rng: Rng) -> Sound:
    period, length = 60 / u(rng, 50, 130), u(rng, 2, 7)
    wave = np.zeros(int((length + 0.5) * RATE))
    for k in range(int(length / period)):
        for at, g, f in ((0, 1, u(rng, 40, 60)), (period * 0.32, 0.7, u(rng, 50, 75))):
            place(wave, tone(f * (1 + 0.5 * decay(0.25, 0.02)), 0.25) * decay(0.25, 0.05, 0.01), k * period + at, g)
    return Sound(wave, ["heartbeat"], ["heartbeat", "heart beating", "fast heartbeat" if period < 0.6 else "slow heartbeat"])


# --- weather, water, fire
def rain(rng: Rng) -> Sound:
    length, density = u(rng, 2, 8), 10 ** u(rng, 1.5, 3.6)
    base = highpass(coloured(length, rng, u(rng, 0, 0.9)), u(rng, 200, 1200))
    drops = np.zeros(int(length * RATE))
    count = int(density * length)
    at = rng.integers(0, len(drops), count)
    drops[at] += rng.exponential(1.0, count)
    roof = rng.random() < 0.35
    drops = (
        resonate(drops, list(rng.uniform(400, 2500, 4)), [0.008] * 4, [1] * 4)
        if roof
        else bandpass(drops, u(rng, 1200, 3000), u(rng, 7000, 14000))
    )
    wave = u(rng, 0.2, 1) * base / base.std() + u(rng, 0.5, 2.5) * drops / (drops.std() + 1e-9)
    wave = wave * wander(length, rng, 0.5, 0.75, 1)
    return Sound(wave, ["rain"], ["rain", "rain on a roof" if roof else "rain falling", "heavy rain" if density > 800 else "light rain"])


def thunder(rng: Rng) -> Sound:
    length = u(rng, 2.5, 8)
    envelope = np.zeros(int(length * RATE))
    for _ in range(int(rng.integers(3, 12))):
        place(envelope, decay(3.0, u(rng, 0.15, 0.9), u(rng, 0.005, 0.1)), float(rng.exponential(length / 5)), u(rng, 0.2, 1))
    wave = lowpass(coloured(length, rng, u(rng, 1.2, 2.2)), u(rng, 200, 1500)) * envelope
    if rng.random() < 0.4:
        crack = white(0.5, rng) * decay(0.5, 0.06)
        place(wave, crack, 0.05, 0.4 * wave.std() * 3)
    if rng.random() < 0.5:
        wave = wave / np.abs(wave).max() + u(rng, 0.01, 0.1) * highpass(coloured(length, rng, 0.5), 500)
        return Sound(wave, ["thunder", "rain"], ["thunderstorm with rain", "thunder and rain"])
    return Sound(wave, ["thunder"], ["thunder", "thunder rumbling", "distant thunder"])


def wind(rng: Rng) -> Sound:
    length = u(rng, 3, 9)
    centre = 200 * 2 ** wander(length, rng, u(rng, 0.4, 1.5), 0, u(rng, 1, 2.8))
    wave = swept(coloured(length, rng, 0.7), centre, u(rng, 0.25, 0.8)) * wander(length, rng, 0.8, 0.2, 1)
    wave = wave / wave.std() + u(rng, 0, 1) * lowpass(coloured(length, rng, 1.5), 400)
    return Sound(wave, ["wind"], ["wind blowing", "howling wind", "gusty wind", "strong wind"])


def waves(rng: Rng) -> Sound:
    length = u(rng, 4, 9.5)
    envelope, t0 = np.full(int(length * RATE), u(rng, 0.08, 0.3)), -u(rng, 0, 2)
    t = seconds(length)
    while t0 < length:
        rise, fall = u(rng, 0.8, 2), u(rng, 1.2, 3.5)
        envelope += u(rng, 0.5, 1) * np.where(
            t < t0 + rise, np.exp(-(((t - t0 - rise) / (rise / 2)) ** 2)), np.exp(-(t - t0 - rise) / fall * 1.5)
        )
        t0 += u(rng, 2.5, 6)
    noise = coloured(length, rng, u(rng, 0.6, 1.3))
    wave = noise * envelope + 0.4 * highpass(noise, 1500) * envelope**2
    return Sound(wave, ["waves"], ["ocean waves", "waves crashing on the beach", "surf", "sea"])


def stream(rng: Rng) -> Sound:
    length = u(rng, 2, 8)
    wave = u(rng, 0.02, 0.3) * bandpass(coloured(length, rng, 0.8), 300, 6000)
    bubbles_into(wave, rng, u(rng, 30, 200), 300, 2500)
    return Sound(wave, ["stream"], ["water stream", "babbling brook", "flowing water", "river"])


def bubbles_into(wave: np.ndarray, rng: Rng, rate: float, low: float, high: float) -> None:
    length = len(wave) / RATE
    for _ in range(int(rate * length)):
        d, f = u(rng, 0.01, 0.06), np.exp(u(rng, np.log(low), np.log(high)))
        drop = tone(f * (1 + u(rng, 0.05, 0.6) * seconds(d) / d), d) * decay(d, d / 3)
        place(wave, drop, u(rng, 0, length), float(rng.exponential(0.15)))


def bubbles(rng: Rng) -> Sound:
    length = u(rng, 1, 5)
    wave = np.zeros(int(length * RATE))
    bubbles_into(wave, rng, u(rng, 8, 50), 150, 1200)
    return Sound(wave, ["bubbles"], ["bubbles", "bubbling water", "boiling water"])


def drip(rng: Rng) -> Sound:
    length = u(rng, 0.4, 5)
    count = max(1, int(length * u(rng, 0.5, 2.5)))
    wave = np.zeros(int((length + 0.3) * RATE))
    for k in range(count):
        d, f = u(rng, 0.03, 0.1), u(rng, 700, 2600)
        place(
            wave,
            tone(f * (1 + u(rng, 0.1, 0.8) * seconds(d) / d), d) * decay(d, d / 4),
            k * length / count + u(rng, 0, 0.05),
            u(rng, 0.6, 1),
        )
    return Sound(room(wave, rng, u(rng, 0.3, 2), u(rng, 0.1, 0.6)), ["water_drip"], ["dripping water", "water drop", "dripping tap"])


def water_flow(rng: Rng) -> Sound:
    length = u(rng, 1.5, 6)
    kind = pick(rng, "tap", "shower", "pour", "splash", "toilet")
    if kind == "splash":
        length = u(rng, 0.6, 1.8)
        wave = bandpass(white(length, rng), 300, 8000) * decay(length, length / 5, 0.02)
        wave /= np.abs(wave).max()
        bubbles_into(wave, rng, 60, 400, 2500)
        return Sound(wave, ["water_splash"], ["water splash", "splash", "something falls into water"])
    noise = bandpass(coloured(length, rng, 0.5), u(rng, 300, 900), u(rng, 5000, 12000))
    wave = noise / noise.std() * 0.3
    if kind == "pour":
        wave = 0.1 * wave + 0.3 * swept(noise, np.linspace(u(rng, 400, 700), u(rng, 1200, 2600), len(noise)), 0.3) / noise.std()
        bubbles_into(wave, rng, u(rng, 40, 120), 300, 1800)
        return Sound(wave, ["water_pour"], ["pouring water into a glass", "pouring a drink"])
    if kind == "toilet":
        wave = wave * np.interp(seconds(length), [0, 0.3, length * 0.6, length], [0, 1, 0.8, 0.05])
        bubbles_into(wave, rng, 60, 150, 900)
        return Sound(wave, ["toilet"], ["toilet flush", "flushing toilet"])
    bubbles_into(wave, rng, u(rng, 20, 120), 500, 3000)
    return Sound(
        wave,
        ["water_tap"] if kind == "tap" else ["shower"],
        ["water running from a tap"] if kind == "tap" else ["shower running", "spraying water"],
    )


def fire(rng: Rng) -> Sound:
    length = u(rng, 2, 8)
    wave = u(rng, 0.02, 0.15) * lowpass(coloured(length, rng, 1.4), u(rng, 400, 1500)) * wander(length, rng, 4, 0.5, 1)
    for _ in range(int(length * u(rng, 8, 60))):
        d = u(rng, 0.002, 0.03)
        crack = bandpass(white(0.06, rng) * decay(0.06, d / 2), u(rng, 500, 2500), u(rng, 4000, 14000))
        place(wave, crack / (np.abs(crack).max() + 1e-9), u(rng, 0, length), float(rng.exponential(0.2)))
    return Sound(wave, ["fire"], ["fire crackling", "campfire", "burning wood", "fireplace"])


def vinyl(rng: Rng) -> Sound:
    length = u(rng, 1.5, 8)
    wave = 10 ** u(rng, -2.5, -1.2) * coloured(length, rng, u(rng, 0.2, 1))
    clicks = np.zeros(len(wave))
    count = int(length * u(rng, 8, 120))
    clicks[rng.integers(0, len(wave), count)] = rng.standard_normal(count) * rng.exponential(1, count)
    wave += u(rng, 0.3, 1) * bandpass(clicks, u(rng, 400, 1500), u(rng, 6000, 15000))
    if rng.random() < 0.4:
        thump = np.zeros(len(wave))
        for k in range(int(length / 1.8) + 1):
            place(thump, tone(60, 0.1) * decay(0.1, 0.02), k * 1.8, 0.3)
        wave += thump * 0.3
    return Sound(wave, ["vinyl"], ["vinyl crackle", "vinyl record hiss and crackle", "record surface noise", "old record hiss"])


def scratch(rng: Rng) -> Sound:
    """A sound dragged back and forth under the needle."""
    length = u(rng, 0.25, 2)
    source_length = 2.0
    kind = int(rng.integers(3))
    f0 = u(rng, 120, 400)
    if kind == 0:
        source = formants(tone(f0, source_length, "saw"), [u(rng, 400, 900), u(rng, 1000, 2200), 2800])
    elif kind == 1:
        source = bandpass(white(source_length, rng), 300, 5000)
    else:
        source = drive(tone(f0 * 2, source_length, "saw") + tone(f0 * 3.02, source_length, "square"), 2)
    t, mode = seconds(length), int(rng.integers(3))
    if mode == 0:  # back and forth
        position = 0.9 + u(rng, 0.1, 0.4) * np.sin(2 * np.pi * u(rng, 2, 8) * t + 3 * rng.random()) * wander(length, rng, 3, 0.5, 1)
        words = ["turntable scratch", "record scratch", "dj scratching"]
    elif mode == 1:  # backspin / rewind
        position = 1.9 - 1.8 * (1 - (1 - t / length) ** u(rng, 1.5, 4))
        words = ["vinyl backspin", "record rewind", "rewinding a record"]
    else:
        position = 0.1 + 1.7 * np.abs(np.sin(np.pi * t / length * u(rng, 1, 4))) ** 1.3
        words = ["vinyl scratch", "hip hop scratch", "scratching a record"]
    wave = np.interp(position * RATE, np.arange(len(source)), source)
    speed = np.abs(np.gradient(position)) * RATE
    wave = wave * np.clip(speed, 0, 1.5) + 0.15 * highpass(white(length, rng), 2000) * np.clip(speed, 0, 2)
    return Sound(wave, ["scratch_dj"], words)


def noise_sound(rng: Rng) -> Sound:
    length, kind = u(rng, 1, 6), int(rng.integers(4))
    if kind == 0:
        return Sound(white(length, rng), ["static"], ["white noise", "hiss", "tv static"])
    if kind == 1:
        slope = u(rng, 1, 2)
        return Sound(coloured(length, rng, slope), ["pink_noise"], ["pink noise" if slope < 1.4 else "brown noise", "soft noise"])
    if kind == 2:
        wave = bandpass(white(length, rng), 300, 3400) * wander(length, rng, 8, 0.3, 1) + 0.3 * tone(
            np.repeat(rng.uniform(300, 3000, int(length * 10) + 1), 4800)[: int(length * RATE)], length
        ) * (wander(length, rng, 3) > 0.6)
        return Sound(wave, ["static", "radio"], ["radio static", "radio interference"])
    return Sound(highpass(white(length, rng), u(rng, 3000, 7000)), ["static"], ["hissing noise", "tape hiss"])


def hum(rng: Rng) -> Sound:
    length, f = u(rng, 1.5, 6), rng.choice([50.0, 60.0, 100.0, 120.0])
    wave = sum(u(rng, 0.05, 1) * tone(f * k, length, phase=rng.random()) / k ** u(rng, 0.3, 1.3) for k in range(1, 14))
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(3, 30))):
            d = u(rng, 0.01, 0.1)
            zap = highpass(white(d, rng), 1500) * swell(d, 0.002, 0.01)
            place(wave, zap, u(rng, 0, length), 0.6 * np.abs(wave).max() / 3)
        return Sound(wave, ["electric"], ["electric sparks", "electricity buzzing", "electric shock"])
    return Sound(wave, ["electric"], ["electric hum", "mains hum", "soft electrical buzz"])


# --- whooshes, impacts, weapons
def whoosh(rng: Rng) -> Sound:
    length = u(rng, 0.25, 2.2)
    peak = u(rng, 0.3, 0.7) * length
    t = seconds(length)
    shape = np.exp(-(((t - peak) / (length * u(rng, 0.12, 0.25))) ** 2))
    top = u(rng, 500, 6000)
    wave = swept(coloured(length, rng, 0.4), 150 + top * shape, u(rng, 0.3, 1.0)) * shape
    if rng.random() < 0.3:
        wave = room(wave, rng, u(rng, 0.4, 1.5), 0.3)
    return Sound(wave, ["whoosh"], ["whoosh", "swoosh", "swish", "whoosh transition", "fast movement through the air"])


def riser(rng: Rng) -> Sound:
    length, up = u(rng, 1.5, 6), rng.random() < 0.6
    t = np.linspace(0, 1, int(length * RATE))
    path = t if up else 1 - t
    wave = swept(white(length, rng), 200 * 2 ** (5 * path), 0.6)
    wave = wave / wave.std() + u(rng, 0, 1.5) * tone(100 * 2 ** (u(rng, 2, 4) * path), length, pick(rng, "saw", "sine", "square"))
    wave = wave * (0.1 + path) * swell(length, 0.01, 0.05)
    if up:
        return Sound(wave, ["riser"], ["riser", "noise sweep up", "build-up effect"])
    return Sound(wave, ["downer"], ["downlifter", "falling sweep", "descending tone"])


def explosion(rng: Rng) -> Sound:
    length = u(rng, 1, 5)
    blast = lowpass(coloured(length, rng, u(rng, 0.8, 1.8)), u(rng, 400, 4000)) * decay(length, length / u(rng, 3, 6), 0.004)
    boom = tone(u(rng, 30, 70) * (1 + decay(length, 0.1)), length) * decay(length, length / 4)
    wave = drive(blast / blast.std() + u(rng, 0.5, 3) * boom, u(rng, 1, 5))
    for _ in range(int(rng.integers(0, 30))):
        d = 0.1
        place(wave, bandpass(white(d, rng), 500, 5000) * decay(d, 0.01), float(rng.exponential(length / 3)), 0.1)
    wave = room(wave, rng, u(rng, 0.6, 3), u(rng, 0.2, 0.7))
    return Sound(wave, ["explosion"], ["explosion", "explosion boom", "big explosion", "bomb blast", "deep cinematic boom"])


def gunshot(rng: Rng) -> Sound:
    burst = int(rng.choice([1, 1, 1, 2, 6, 10]))
    gap = u(rng, 0.07, 0.13) if burst > 2 else u(rng, 0.3, 0.8)
    wave = np.zeros(int((burst * gap + 0.5) * RATE))
    crack, body = u(rng, 0.002, 0.01), u(rng, 0.02, 0.09)
    for k in range(burst):
        shot = white(0.4, rng) * decay(0.4, crack) + 0.7 * lowpass(white(0.4, rng), u(rng, 600, 2500)) * decay(0.4, body)
        place(wave, drive(shot, 4), k * gap, u(rng, 0.8, 1))
    wave = room(wave, rng, u(rng, 0.4, 2.5), u(rng, 0.2, 0.7))
    if burst > 2:
        return Sound(wave, ["machine_gun", "gunshot"], ["machine gun fire", "automatic rifle burst"])
    return Sound(wave, ["gunshot"], ["gunshot", "pistol shot", "rifle shot", "gun firing"])


def fireworks(rng: Rng) -> Sound:
    wave = np.zeros(int(u(rng, 3, 7) * RATE))
    for _ in range(int(rng.integers(1, 6))):
        at = u(rng, 0, len(wave) / RATE - 1)
        if rng.random() < 0.5:
            d = u(rng, 0.5, 1.0)
            place(wave, tone(np.linspace(1200, u(rng, 1800, 3500), int(d * RATE)), d) * swell(d, 0.1, 0.05), max(at - d, 0), 0.1)
        place(wave, lowpass(white(0.8, rng), u(rng, 800, 4000)) * decay(0.8, 0.08), at, u(rng, 0.4, 1))
        for _ in range(int(rng.integers(0, 40))):
            place(wave, highpass(white(0.03, rng), 2000) * decay(0.03, 0.003), at + 0.2 + float(rng.exponential(0.4)), u(rng, 0.05, 0.3))
    return Sound(room(wave, rng, u(rng, 0.8, 2.5), 0.4), ["fireworks"], ["fireworks", "fireworks exploding", "firecrackers"])


def laser(rng: Rng) -> Sound:
    length = u(rng, 0.1, 0.8)
    start, end = u(rng, 1500, 7000), u(rng, 80, 600)
    sweep = end + (start - end) * np.exp(-seconds(length) / (length / u(rng, 3, 8)))
    wave = tone(sweep, length, pick(rng, "sine", "saw", "square")) * decay(length, length / 2.5)
    if rng.random() < 0.4:
        wave = np.tile(wave, int(rng.integers(2, 5)))
    return Sound(room(wave, rng, 0.6, u(rng, 0, 0.4)), ["laser"], ["laser gun", "laser shot", "zap", "sci-fi blaster"])


def impact(rng: Rng) -> Sound:
    length = u(rng, 0.2, 2)
    wave = lowpass(white(length, rng), u(rng, 200, 2500)) * decay(length, u(rng, 0.01, 0.08))
    wave = wave / np.abs(wave).max() + u(rng, 0.3, 1.2) * tone(u(rng, 40, 120) * (1 + decay(length, 0.03)), length) * decay(
        length, length / 5
    )
    if rng.random() < 0.5:
        wave = room(wave, rng, u(rng, 0.4, 2.5), u(rng, 0.2, 0.6))
    return Sound(wave, ["impact"], ["impact", "thud", "heavy impact", "dull thump"])


def spring(rng: Rng) -> Sound:
    length, f = u(rng, 0.4, 1.5), u(rng, 90, 350)
    wobble = (
        f
        * (1 + u(rng, 0.1, 0.6) * np.sin(2 * np.pi * u(rng, 6, 18) * seconds(length)) * decay(length, length / 2))
        * np.exp(u(rng, -0.3, 0.8) * seconds(length) / length)
    )
    wave = tone(wobble, length, pick(rng, "saw", "triangle", "sine")) * decay(length, length / 3)
    return Sound(wave, ["rubber", "cartoon"], ["boing", "cartoon spring", "rubber band twang", "jaw harp twang"])


def slide(rng: Rng) -> Sound:
    length, up = u(rng, 0.4, 1.5), rng.random() < 0.5
    f = 500 * 2 ** (u(rng, 1, 2.2) * (np.linspace(0, 1, int(length * RATE)) if up else np.linspace(1, 0, int(length * RATE))))
    wave = tone(f * (1 + 0.01 * np.sin(2 * np.pi * 6 * seconds(length))), length) * swell(length, 0.03, 0.05) + 0.02 * white(length, rng)
    return Sound(
        wave, ["cartoon"] if up else ["cartoon", "downer"], ["slide whistle up" if up else "slide whistle down", "cartoon slide whistle"]
    )


def robotic(rng: Rng) -> Sound:
    length = u(rng, 1, 4)
    f = np.repeat(rng.uniform(60, 300, int(length * 7) + 1), RATE // 7)[: int(length * RATE)]
    f = np.pad(f, (0, int(length * RATE) - len(f)), mode="edge")
    wave = tone(f, length, pick(rng, "square", "saw", "pulse")) * (0.5 + 0.5 * np.sin(2 * np.pi * u(rng, 20, 90) * seconds(length)))
    wave = crush(bandpass(wave, u(rng, 150, 500), u(rng, 2000, 7000)), rng)
    return Sound(wave, ["glitch", "robot"] if rng.random() < 0.5 else ["glitch"], ["glitchy robot sound", "digital glitch"])


def glitch(rng: Rng) -> Sound:
    parts = []
    for _ in range(int(rng.integers(3, 20))):
        d = u(rng, 0.01, 0.15)
        kind = int(rng.integers(4))
        parts.append(
            [
                lambda: white(d, rng),
                lambda: tone(u(rng, 100, 8000), d, "square"),
                lambda: np.zeros(int(d * RATE)),
                lambda: crush(tone(np.linspace(u(rng, 100, 6000), u(rng, 100, 6000), int(d * RATE)), d, "saw"), rng),
            ][kind]()
        )
    return Sound(np.concatenate(parts), ["glitch"], ["digital glitch", "glitch percussion", "stuttering noise"])


# --- engines and machines
def engine(rng: Rng) -> Sound:
    length = u(rng, 2, 7)
    kind = pick(rng, "idle", "rev", "motorcycle", "drive", "truck", "start")
    base = {
        "idle": u(rng, 18, 35),
        "rev": u(rng, 30, 60),
        "motorcycle": u(rng, 35, 90),
        "drive": u(rng, 40, 90),
        "truck": u(rng, 12, 22),
        "start": u(rng, 20, 40),
    }[kind]
    speed = base * (1 + 0.02 * wander(length, rng, 5, -1, 1))
    if kind in ("rev", "motorcycle"):
        speed = speed * (1 + u(rng, 0.5, 2) * np.clip(np.sin(2 * np.pi * u(rng, 0.15, 0.5) * seconds(length)), 0, 1))
    if kind == "start":
        t = seconds(length)
        speed = np.where(
            t < length * 0.35, 9 + 3 * np.sin(2 * np.pi * 9 * t), speed * (1 + 0.8 * np.exp(-np.maximum(t - length * 0.35, 0) * 3))
        )
    phase = np.cumsum(speed) / RATE
    firing = np.exp(-((phase * 2) % 1) * u(rng, 3, 10)) * (1 + 0.3 * rng.standard_normal(len(phase)))
    wave = resonate(
        firing - firing.mean(),
        [u(rng, 50, 110), u(rng, 130, 300), u(rng, 400, 900), u(rng, 1000, 2500)],
        [0.02, 0.01, 0.005, 0.003],
        [1, 0.8, 0.5, 0.3],
    )
    wave = drive(wave, u(rng, 1, 4)) + u(rng, 0.02, 0.2) * lowpass(coloured(length, rng, 0.8), 4000)
    concepts = {
        "idle": ["engine"],
        "rev": ["engine", "car"],
        "motorcycle": ["motorcycle", "engine"],
        "drive": ["car", "engine"],
        "truck": ["truck", "engine"],
        "start": ["engine_start", "car"],
    }[kind]
    words = {
        "idle": ["engine idling"],
        "rev": ["revving engine"],
        "motorcycle": ["motorcycle", "motorbike engine"],
        "drive": ["car driving", "car engine"],
        "truck": ["diesel truck engine"],
        "start": ["car starting", "engine starting"],
    }[kind]
    return Sound(wave, concepts, words)


def passing(rng: Rng) -> Sound:
    length = u(rng, 3, 8)
    t = seconds(length)
    x = (t - length * u(rng, 0.35, 0.65)) * u(rng, 10, 30)
    distance = np.sqrt(x**2 + u(rng, 3, 8) ** 2)
    gain = (1 / distance) / (1 / distance).max()
    wave = swept(coloured(length, rng, 0.9), 300 + 1500 * gain, 1.2) * gain
    wave /= wave.std() * 3
    doppler = 1 - x / distance * 0.07
    wave += 0.3 * lowpass(tone(u(rng, 60, 130) * doppler, length, "saw"), 900) * gain
    if rng.random() < 0.35:
        many = sum(np.roll(wave, int(rng.integers(len(wave)))) * u(rng, 0.3, 1) for _ in range(4))
        return Sound(many + 0.1 * coloured(length, rng, 1.4), ["traffic", "car"], ["traffic", "road noise", "busy street"])
    return Sound(wave, ["car"], ["car passing by", "passing car", "car driving past"])


def horn(rng: Rng) -> Sound:
    length, kind = u(rng, 0.3, 2), pick(rng, "car", "car", "train", "ship")
    f = {"car": u(rng, 330, 480), "train": u(rng, 250, 350), "ship": u(rng, 60, 140)}[kind]
    length = length * (2 if kind != "car" else 1)
    chord = {"car": (1, 1.22), "train": (1, 1.19, 1.5, 1.78), "ship": (1, 1.01, 2.0)}[kind]
    wave = sum(tone(f * r, length, "saw") for r in chord) * swell(length, 0.03, 0.06)
    wave = lowpass(drive(wave, 2), u(rng, 2000, 5000))
    if kind == "car" and rng.random() < 0.4:
        wave = np.concatenate([wave[: int(0.2 * RATE)], np.zeros(int(0.12 * RATE)), wave])
    wave = room(wave, rng, u(rng, 0.4, 3), u(rng, 0.1, 0.6))
    return Sound(
        wave,
        *{
            "car": (["car_horn"], ["car horn", "honking", "beeping car horn"]),
            "train": (["train_horn", "train"], ["train horn", "locomotive horn"]),
            "ship": (["ship_horn", "boat"], ["ship horn", "foghorn"]),
        }[kind],
    )


def train(rng: Rng) -> Sound:
    length = u(rng, 3, 9)
    wave = u(rng, 0.3, 1) * lowpass(coloured(length, rng, 1.2), u(rng, 600, 2500)) * wander(length, rng, 2, 0.6, 1)
    period = u(rng, 0.35, 1.2)
    for k in range(int(length / period)):
        for at, g in ((0, 1), (0.09, 0.7), (period * 0.35, 0.6), (period * 0.35 + 0.09, 0.5)):
            clack = resonate(
                white(0.15, rng) * decay(0.15, 0.006),
                [u(rng, 150, 400), u(rng, 500, 1400), u(rng, 2000, 3500)],
                [0.02, 0.015, 0.008],
                [1, 0.7, 0.3],
            )
            place(wave, clack / np.abs(clack).max(), k * period + at, g * 2)
    if rng.random() < 0.25:  # steam
        puff = u(rng, 2, 6)
        wave += 1.2 * highpass(white(length, rng), 800) * np.clip(np.sin(2 * np.pi * puff * seconds(length)), 0, 1) ** 3
    return Sound(wave, ["train"], ["train on the tracks", "train passing", "railway", "train rolling over rails"])


def reverse_beep(rng: Rng) -> Sound:
    length, f = u(rng, 2, 6), u(rng, 900, 1500)
    wave = tone(f, length, "square") * ((seconds(length) % 1.0) < 0.5)
    wave = bandpass(wave, 600, 5000) + u(rng, 0, 0.2) * lowpass(coloured(length, rng, 1.2), 800)
    return Sound(wave, ["reverse_beep", "beep"], ["truck reversing beeps", "backup alarm"])


def helicopter(rng: Rng) -> Sound:
    length, rate = u(rng, 2, 7), u(rng, 10, 22)
    chop = np.exp(-((seconds(length) * rate) % 1) * u(rng, 3, 8))
    wave = (
        lowpass(coloured(length, rng, 1.0), u(rng, 700, 3000)) * (0.15 + chop) * wander(length, rng, 0.4, 0.5, 1)
        + 0.2 * tone(u(rng, 300, 700), length, "saw") * 0.3
    )
    return Sound(wave, ["helicopter"], ["helicopter", "helicopter flying", "chopper"])


def airplane(rng: Rng) -> Sound:
    length = u(rng, 3, 8)
    t = seconds(length)
    if rng.random() < 0.5:
        wave = coloured(length, rng, u(rng, 0.8, 1.4)) * swell(length, length * 0.45, length * 0.45) + 0.1 * tone(
            u(rng, 1500, 4000) * (1 - 0.2 * t / length), length
        )
        return Sound(wave, ["airplane"], ["jet flying over", "airplane taking off", "jet engine"])
    wave = lowpass(tone(u(rng, 70, 120) * (1.05 - 0.1 * t / length), length, "saw"), 1500) + 0.3 * lowpass(coloured(length, rng, 1), 1500)
    return Sound(wave * swell(length, 1, 1), ["airplane"], ["propeller plane", "small airplane"])


def spaceship(rng: Rng) -> Sound:
    length = u(rng, 2, 6)
    f = u(rng, 50, 300) * (1 + u(rng, 0.1, 0.8) * np.sin(2 * np.pi * u(rng, 0.3, 6) * seconds(length)))
    wave = tone(f, length, "saw") + tone(f * 1.5, length, "square") * 0.4
    wave = swept(wave + 0.5 * white(length, rng), 300 * 2 ** wander(length, rng, 1, 0, 4), 0.7)
    return Sound(room(wave, rng, 1.5, 0.5), ["spaceship"], ["spaceship", "ufo flying by", "science fiction engine"])


def machine(rng: Rng) -> Sound:
    length = u(rng, 2, 7)
    f, kind = (
        u(rng, 40, 200),
        pick(rng, "machine", "fan", "vacuum", "drill", "blender", "shaver", "hairdryer", "washing", "saw", "compressor"),
    )
    noise = coloured(length, rng, 0.7)
    if kind == "fan":
        wave, concepts, words = (
            lowpass(noise, u(rng, 800, 3000)) * (1 + 0.2 * np.sin(2 * np.pi * u(rng, 8, 40) * seconds(length))) + 0.3 * tone(f, length),
            ["fan"],
            ["electric fan", "ventilator", "air conditioner"],
        )
    elif kind == "vacuum":
        f = u(rng, 180, 500)
        wave, concepts, words = (
            bandpass(noise, 200, 8000) + sum(tone(f * k, length) * 0.3 / k for k in (1, 2, 3, 5)),
            ["vacuum"],
            ["vacuum cleaner", "vacuuming"],
        )
    elif kind == "drill":
        f = u(rng, 150, 500) * (1 - 0.25 * wander(length, rng, 2)) * np.clip(seconds(length) / 0.2, 0.2, 1)
        wave, concepts, words = (
            tone(f, length, "saw") + 0.5 * tone(f * 6.03, length, "square") + 0.4 * highpass(noise, 2000),
            ["drill"],
            ["electric drill", "power drill"],
        )
    elif kind == "blender":
        f = u(rng, 250, 600) * (1 + 0.05 * wander(length, rng, 4))
        wave, concepts, words = (
            tone(f, length, "saw") + 1.2 * bandpass(noise, 500, 7000) * wander(length, rng, 6, 0.4, 1),
            ["blender"],
            ["blender", "kitchen mixer"],
        )
    elif kind == "shaver":
        f = u(rng, 90, 140)
        wave, concepts, words = (
            highpass(tone(f, length, "saw"), 400) + 0.15 * highpass(noise, 2000),
            ["shaver"],
            ["electric razor", "electric shaver", "electric toothbrush"],
        )
    elif kind == "hairdryer":
        wave, concepts, words = (
            bandpass(noise, 300, 9000) + 0.2 * tone(u(rng, 250, 450), length, "saw"),
            ["fan"],
            ["hair dryer", "blow dryer"],
        )
    elif kind == "washing":
        wave = lowpass(noise, 1500) * (0.6 + 0.4 * np.sin(2 * np.pi * u(rng, 0.6, 2) * seconds(length))) + 0.5 * tone(f, length)
        bubbles_into(wave, rng, 15, 150, 600)
        concepts, words = ["washing"], ["washing machine", "dishwasher"]
    elif kind == "saw":
        if rng.random() < 0.5:
            f = u(rng, 90, 160) * (1 + 0.5 * np.clip(np.sin(2 * np.pi * u(rng, 0.2, 0.6) * seconds(length)), 0, 1))
            wave, concepts, words = (
                drive(tone(f, length, "saw") + 0.5 * noise * (tone(f, length, "pulse") > 0), 3),
                ["saw"],
                ["chainsaw", "circular saw"],
            )
        else:
            stroke = np.abs(np.sin(2 * np.pi * u(rng, 0.7, 2) * seconds(length)))
            wave, concepts, words = (
                bandpass(white(length, rng), 800, 7000) * stroke * (0.6 + 0.4 * np.sign(np.sin(2 * np.pi * 90 * stroke * seconds(length)))),
                ["saw"],
                ["sawing wood", "hand saw"],
            )
    elif kind == "compressor":
        wave, concepts, words = (
            lowpass(tone(f / 2, length, "pulse"), 2000) + 0.4 * lowpass(noise, 3000),
            ["machine"],
            ["compressor", "pump running"],
        )
    else:
        clank = np.zeros(int(length * RATE))
        hit = click_sound(rng, 200, 2500, 0.03)
        for k in range(int(length * 3)):
            place(clank, hit, k / 3, 1)
        wave, concepts, words = (
            lowpass(noise, 2500) * 0.5 + sum(tone(f * k, length) / k for k in (1, 2, 3)) * 0.4 + clank,
            ["machine"],
            ["industrial machine", "factory machinery"],
        )
    return Sound(wave, concepts, words)


def printer(rng: Rng) -> Sound:
    """Stepper motors: runs of buzzing pitches, slides of the carriage, clicks."""
    length, at = u(rng, 2, 7), 0.0
    wave = 0.02 * coloured(length, rng, 0.7)
    while at < length - 0.1:
        d, kind = u(rng, 0.08, 0.9), int(rng.integers(3))
        if kind == 0:
            f = u(rng, 80, 1200)
            part = bandpass(tone(np.full(int(d * RATE), f) * np.linspace(1, u(rng, 0.8, 1.3), int(d * RATE)), d, "square"), 300, 6000)
        elif kind == 1:
            part = (
                bandpass(white(d, rng), 800, 7000)
                * swell(d, d * 0.3, d * 0.3)
                * (0.6 + 0.4 * np.sign(np.sin(2 * np.pi * u(rng, 30, 150) * seconds(d))))
            )
        else:
            part = np.zeros(int(d * RATE))
            for k in range(int(d * 20)):
                place(part, click_sound(rng, 800, 5000), k / 20, 0.8)
        place(wave, part * swell(d, 0.01, 0.01), at, u(rng, 0.2, 0.8))
        at += d * u(rng, 0.8, 1.3)
    return Sound(wave, ["printer", "machine"], ["printer machine noise", "printer printing", "3d printer", "photocopier"])


def hammer(rng: Rng) -> Sound:
    count, gap = int(rng.integers(2, 7)), u(rng, 0.3, 0.8)
    wave = np.zeros(int((count * gap + 0.4) * RATE))
    modes = list(rng.uniform(300, 4500, 6))
    for k in range(count):
        hit = resonate(white(0.3, rng) * decay(0.3, 0.002), modes, list(rng.uniform(0.005, 0.06, 6)), list(rng.uniform(0.3, 1, 6)))
        place(wave, hit / np.abs(hit).max(), k * gap * u(rng, 0.97, 1.03), u(rng, 0.7, 1))
    return Sound(room(wave, rng, 0.5, 0.2), ["hammer"], ["hammering", "hammering a nail", "construction work"])


def geiger(rng: Rng) -> Sound:
    length = u(rng, 1.5, 5)
    wave = np.zeros(int(length * RATE))
    for at in np.cumsum(rng.exponential(1 / u(rng, 5, 60), 400)):
        if at < length:
            place(wave, click_sound(rng, 1500, 5000, 0.003), at)
    return Sound(wave, ["geiger"], ["geiger counter"])


def zipper(rng: Rng) -> Sound:
    length = u(rng, 0.3, 1.2)
    rate = np.linspace(u(rng, 60, 150), u(rng, 120, 300), int(length * RATE))
    teeth = (np.cumsum(rate) / RATE) % 1 < 0.2
    wave = bandpass(white(length, rng), 2000, 11000) * (0.2 + teeth) * swell(length, 0.05, 0.05)
    return Sound(wave, ["zipper"], ["zipper", "zipping up a jacket"])


def paper(rng: Rng) -> Sound:
    length = u(rng, 0.8, 3)
    grains = white(length, rng) * (rng.random(int(length * RATE)) < 0.01 + 0.2 * wander(length, rng, 12) ** 4)
    wave = bandpass(grains, u(rng, 1000, 3000), u(rng, 8000, 16000))
    return Sound(
        wave, *((["paper"], ["crumpling paper", "paper rustling"]) if rng.random() < 0.6 else (["plastic"], ["crinkling plastic bag"]))
    )


def applause(rng: Rng) -> Sound:
    length, people = u(rng, 2, 8), int(10 ** u(rng, 0.7, 2.0))
    wave = np.zeros(int(length * RATE))
    claps = []
    for _ in range(16):
        c = bandpass(white(0.12, rng), u(rng, 500, 1300), u(rng, 2500, 8000)) * decay(0.12, u(rng, 0.004, 0.014))
        claps.append(c / np.abs(c).max())
    for _ in range(min(people, 60)):
        rate, at, level = u(rng, 2.5, 5.5), u(rng, 0, 0.6), u(rng, 0.1, 1)
        while at < length:
            place(wave, claps[int(rng.integers(16))], at, level)
            at += u(rng, 0.85, 1.15) / rate
    if people > 30:
        wave = wave / wave.std() + u(rng, 0.2, 0.8) * bandpass(white(length, rng), 700, 7000)
    wave = room(wave, rng, u(rng, 0.4, 2), 0.3)[: int(length * RATE)]
    return Sound(
        wave * swell(length, 0.2, 0.8),
        ["applause"],
        ["applause", "audience clapping", "crowd applauding", "a few people clapping" if people < 10 else "large audience applause"],
    )


# --- animals (rough, but with the right gestures)
def bird(rng: Rng) -> Sound:
    length = u(rng, 1, 6)
    wave = np.zeros(int(length * RATE))
    for _ in range(int(rng.integers(1, 4))):
        base, at = u(rng, 1800, 5500), u(rng, 0, 0.4)
        syllable = (u(rng, 0.04, 0.25), u(rng, -0.6, 0.6), u(rng, 0, 0.25), u(rng, 8, 60))
        while at < length - 0.3:
            d, bend, trill, rate = (
                syllable if rng.random() < 0.6 else (u(rng, 0.04, 0.25), u(rng, -0.6, 0.6), u(rng, 0, 0.25), u(rng, 8, 60))
            )
            t = seconds(d)
            f = base * 2 ** (bend * t / d) * (1 + trill * np.sin(2 * np.pi * rate * t))
            chirp = tone(np.clip(f, 900, 11000), d) + 0.15 * tone(np.clip(2 * f, 900, 20000), d)
            place(wave, chirp * np.sin(np.pi * t / d) ** 0.7, at, u(rng, 0.3, 1))
            at += d + (u(rng, 0.02, 0.15) if rng.random() < 0.8 else u(rng, 0.3, 1))
    wave += 10 ** u(rng, -4, -1.7) * coloured(length, rng, 0.8)
    if rng.random() < 0.4:
        wave = room(wave, rng, u(rng, 0.3, 1.5), 0.2)[: int(length * RATE)]
    return Sound(wave, ["bird"], ["bird chirping", "birds singing", "bird song", "chirp"])


def owl(rng: Rng) -> Sound:
    f, wave = u(rng, 280, 500), np.zeros(int(3 * RATE))
    at = 0.0
    for d in (0.25, 0.15, u(rng, 0.4, 0.8)):
        t = seconds(d)
        place(wave, tone(f * (1 + 0.06 * np.sin(np.pi * t / d)), d) * np.sin(np.pi * t / d), at, u(rng, 0.6, 1))
        at += d + u(rng, 0.1, 0.4)
    return Sound(room(wave, rng, 1.2, 0.4), ["owl"], ["owl hooting", "owl"])


def cuckoo(rng: Rng) -> Sound:
    f, wave = u(rng, 550, 800), np.zeros(int(3.2 * RATE))
    for k in range(int(rng.integers(1, 4))):
        place(wave, tone(f, 0.2) * swell(0.2, 0.03, 0.06), k * 1.0)
        place(wave, tone(f * 0.8, 0.3) * swell(0.3, 0.03, 0.1), k * 1.0 + 0.32)
    return Sound(room(wave, rng, 0.8, 0.3), ["cuckoo"], ["cuckoo", "cuckoo clock"])


def crow(rng: Rng) -> Sound:
    count = int(rng.integers(1, 5))
    wave = np.zeros(int(count * 0.7 * RATE) + 4000)
    f0, centre = u(rng, 280, 520), u(rng, 1100, 1900)
    for k in range(count):
        d = u(rng, 0.18, 0.4)
        f = f0 * (1 + 0.12 * np.sin(np.pi * seconds(d) / d)) * (1 + 0.04 * rng.standard_normal(int(d * RATE)))
        caw = formants(
            tone(f, d, "saw") * (1 + 0.8 * np.sign(np.sin(2 * np.pi * u(rng, 50, 110) * seconds(d)))) + 0.6 * white(d, rng),
            [centre, centre * 1.9, centre * 3],
        )
        place(wave, caw / np.abs(caw).max() * swell(d, 0.02, 0.08), k * u(rng, 0.45, 0.7), u(rng, 0.7, 1))
    return Sound(room(wave, rng, u(rng, 0.4, 1.5), 0.2), ["crow"], ["crow cawing", "crow", "raven"])


def dog(rng: Rng) -> Sound:
    small = rng.random() < 0.35
    count, gap = int(rng.integers(1, 6)), u(rng, 0.25, 0.7)
    wave = np.zeros(int((count * gap + 0.4) * RATE))
    f0 = u(rng, 450, 900) if small else u(rng, 160, 420)
    for k in range(count):
        d = u(rng, 0.08, 0.18) if small else u(rng, 0.12, 0.3)
        t = seconds(d)
        f = f0 * (0.75 + 0.5 * np.sin(np.pi * np.clip(t / d, 0, 1) ** 0.7)) * u(rng, 0.93, 1.07)
        rough = tone(f, d, "saw") + u(rng, 0.3, 1.0) * white(d, rng)
        m = 1.5 if small else 1.0
        bark = formants(rough, [650 * m, 1150 * m, 2300 * m, 3400 * m], gains=[1, 0.9, 0.5, 0.3])
        place(wave, bark / np.abs(bark).max() * np.sin(np.pi * t / d) ** 0.5, k * gap * u(rng, 0.9, 1.1), u(rng, 0.7, 1))
    return Sound(
        room(wave, rng, u(rng, 0.2, 1.2), 0.2),
        ["puppy", "dog"] if small else ["dog"],
        ["small dog yapping"] if small else ["dog barking", "a dog barks"],
    )


def cat(rng: Rng) -> Sound:
    d = u(rng, 0.4, 1.2)
    t = seconds(d)
    f = u(rng, 420, 750) * (0.75 + 0.5 * np.sin(np.pi * (t / d) ** u(rng, 0.6, 1.2)))
    mouth = np.sin(np.pi * t / d)
    source = tone(f, d, "saw") + 0.08 * white(d, rng)
    closed, opened = formants(source, [500, 1400, 3000]), formants(source, [950, 1900, 3300])
    wave = (closed * (1 - mouth) + opened * mouth) * np.sin(np.pi * t / d) ** 0.6
    return Sound(room(wave, rng, u(rng, 0.2, 0.8), 0.15), ["cat"], ["cat meowing", "meow", "a cat meows"])


def cow(rng: Rng) -> Sound:
    d = u(rng, 0.9, 2.2)
    t = seconds(d)
    kind = pick(rng, "cow", "sheep")
    f0 = u(rng, 90, 160) if kind == "cow" else u(rng, 220, 380)
    f = f0 * (0.9 + 0.25 * np.sin(np.pi * t / d))
    if kind == "sheep":
        f = f * (1 + 0.06 * np.sin(2 * np.pi * u(rng, 7, 11) * t))
    wave = formants(tone(f, d, "saw") + 0.1 * white(d, rng), [350, 800, 2300] if kind == "cow" else [700, 1500, 2600]) * swell(d, 0.15, 0.3)
    if kind == "sheep":
        wave = wave * (0.6 + 0.4 * np.sin(2 * np.pi * u(rng, 7, 11) * t))
    return Sound(room(wave, rng, 0.6, 0.15), [kind], ["cow mooing", "moo"] if kind == "cow" else ["sheep bleating", "baa"])


def frog(rng: Rng) -> Sound:
    count = int(rng.integers(1, 7))
    wave = np.zeros(int((count * 0.6 + 0.5) * RATE))
    f = u(rng, 300, 1200)
    for k in range(count):
        d = u(rng, 0.12, 0.4)
        pulses = np.diff(np.floor(np.cumsum(np.full(int(d * RATE), u(rng, 30, 70))) / RATE), prepend=0)
        croak = resonate(pulses, [f, f * 2.2], [0.008, 0.005], [1, 0.6])
        place(wave, croak / (np.abs(croak).max() + 1e-9) * swell(d, 0.05, 0.05), k * u(rng, 0.4, 0.65), u(rng, 0.6, 1))
    return Sound(wave, ["frog"], ["frog croaking", "ribbit"])


def insects(rng: Rng) -> Sound:
    length = u(rng, 2, 7)
    t = seconds(length)
    wave = 0.02 * coloured(length, rng, 0.8)
    for _ in range(int(rng.integers(1, 5))):
        f, rate, group = u(rng, 2500, 7500), u(rng, 25, 80), u(rng, 0.4, 4)
        wave = wave + u(rng, 0.2, 1) * tone(f * (1 + 0.003 * wander(length, rng, 20, -1, 1)), length) * np.clip(
            np.sin(2 * np.pi * rate * t), 0, 1
        ) * ((t * group) % 1 < u(rng, 0.3, 1))
    return Sound(wave, ["insects", *(["night"] if rng.random() < 0.4 else [])], ["crickets chirping", "cricket", "insects at night"])


def bee(rng: Rng) -> Sound:
    length, small = u(rng, 1, 5), rng.random() < 0.4
    f = u(rng, 450, 700) if small else u(rng, 120, 260)
    wave = formants(tone(f * (1 + 0.08 * wander(length, rng, 4, -1, 1)), length, "saw"), [f * 2, 1500, 3500]) * wander(
        length, rng, 2, 0.15, 1
    )
    return Sound(
        wave, ["fly"] if small else ["bee", "fly"], ["mosquito whining", "fly buzzing"] if small else ["bee buzzing", "buzzing insect"]
    )


def burp(rng: Rng) -> Sound:
    d = u(rng, 0.3, 1.4)
    rate = u(rng, 35, 85) * (1 + 0.35 * wander(d, rng, 6, -1, 1))
    pulses = np.diff(np.floor(np.cumsum(rate) / RATE), prepend=0) * (1 + 0.4 * rng.standard_normal(int(d * RATE)))
    wave = formants(pulses + 0.01 * white(d, rng), [u(rng, 350, 600), u(rng, 800, 1200), u(rng, 2000, 2800)], [60, 90, 200]) * swell(
        d, 0.05, 0.15
    )
    if rng.random() < 0.3:
        return Sound(lowpass(wave, 1500), ["fart"], ["fart", "farting"])
    return Sound(wave, ["burp"], ["burp", "a person burping", "belch"])


def snore(rng: Rng) -> Sound:
    wave = np.zeros(int(5 * RATE))
    for k in range(2):
        d = u(rng, 1, 1.8)
        rate = u(rng, 25, 55) * (1 + 0.1 * wander(d, rng, 4, -1, 1))
        pulses = np.diff(np.floor(np.cumsum(rate) / RATE), prepend=0)
        s = formants(pulses, [u(rng, 200, 400), 900, 2200]) + 0.004 * bandpass(white(d, rng), 300, 3000)
        place(wave, s / np.abs(s).max() * swell(d, 0.4, 0.3), k * 2.4)
    return Sound(wave, ["snore"], ["snoring", "person snoring"])


def breath(rng: Rng) -> Sound:
    wave = np.zeros(int(4.5 * RATE))
    pace = u(rng, 0.5, 1.4)
    for k in range(int(4 / pace)):
        d = pace * 0.8
        b = bandpass(white(d, rng), 300 if k % 2 else 700, 4000 if k % 2 else 7000) * np.sin(np.pi * seconds(d) / d)
        place(wave, b / np.abs(b).max(), k * pace, u(rng, 0.5, 1))
    return Sound(wave, ["breath"], ["breathing", "heavy breathing", "panting"])


def sneeze(rng: Rng) -> Sound:
    wave = np.zeros(int(1.5 * RATE))
    d = u(rng, 0.3, 0.5)
    a = formants(tone(u(rng, 150, 300) * (1 + 0.4 * seconds(d)), d, "saw") * 0.3 + white(d, rng) * 0.3, [700, 1200, 2600]) * swell(
        d, 0.2, 0.05
    )
    place(wave, a / np.abs(a).max(), 0, 0.5)
    burst = highpass(white(0.4, rng), 1200) * decay(0.4, 0.08, 0.005)
    place(wave, burst / np.abs(burst).max(), d + 0.05)
    return Sound(wave, ["sneeze"], ["sneeze", "someone sneezes"])


def cry(rng: Rng) -> Sound:
    length = u(rng, 1.5, 5)
    wave, at = np.zeros(int((length + 1.2) * RATE)), 0.0
    f0 = u(rng, 350, 560)
    while at < length:
        d = u(rng, 0.5, 1.2)
        t = seconds(d)
        f = f0 * (0.9 + 0.25 * np.sin(np.pi * (t / d) ** 0.7)) * (1 + 0.015 * np.sin(2 * np.pi * 6 * t))
        c = formants(tone(f, d, "saw") + 0.05 * white(d, rng), [1000, 1500, 3400, 4300], gains=[1, 0.8, 0.6, 0.3]) * swell(d, 0.06, 0.15)
        place(wave, c / np.abs(c).max(), at, u(rng, 0.7, 1))
        inhale = bandpass(white(0.2, rng), 1000, 5000) * swell(0.2, 0.1, 0.05)
        place(wave, inhale / np.abs(inhale).max(), at + d + 0.05, 0.1)
        at += d + u(rng, 0.25, 0.5)
    return Sound(room(wave, rng, 0.4, 0.15), ["crying"], ["baby crying", "infant crying"])


def laugh(rng: Rng) -> Sound:
    count, pace = int(rng.integers(4, 12)), u(rng, 0.14, 0.26)
    f0, shift = u(rng, 110, 320), u(rng, 1.0, 1.25)
    wave = np.zeros(int((count * pace + 0.5) * RATE))
    vowel = [(700, 1200, 2500), (550, 1700, 2500), (500, 900, 2400), (350, 2000, 2800)][int(rng.integers(4))]
    for k in range(count):
        d = pace * u(rng, 0.5, 0.75)
        f = f0 * (1.15 - 0.3 * k / count) * (1 + 0.15 * np.sin(np.pi * seconds(d) / d))
        ha = formants(tone(f, d, "saw"), [v * shift for v in vowel]) * swell(d, 0.02, 0.04)
        puff = bandpass(white(0.07, rng), 800, 5000) * swell(0.07, 0.02, 0.03)
        place(wave, puff / np.abs(puff).max(), k * pace, 0.15)
        place(wave, ha / np.abs(ha).max(), k * pace + 0.05, u(rng, 0.6, 1) * (1 - 0.5 * k / count))
    return Sound(
        room(wave, rng, 0.5, 0.2),
        ["laughter"],
        ["laughter", "person laughing", "a man laughing" if f0 < 180 else "a woman laughing", "haha"],
    )


def whistle(rng: Rng) -> Sound:
    if rng.random() < 0.4:
        length = u(rng, 0.3, 1.5)
        f = u(rng, 2500, 4000)
        wave = tone(f * (1 + 0.05 * np.sin(2 * np.pi * u(rng, 25, 50) * seconds(length))), length) * swell(
            length, 0.01, 0.03
        ) + 0.1 * highpass(white(length, rng), 2000)
        return Sound(wave, ["whistle"], ["referee whistle", "police whistle", "blowing a whistle"])
    notes = []
    base = u(rng, 900, 1700)
    for n in rng.choice([0, 2, 4, 5, 7, 9], int(rng.integers(2, 10))):
        d = u(rng, 0.12, 0.4)
        notes.append(
            tone(base * 2 ** (n / 12) * (1 + 0.008 * np.sin(2 * np.pi * 6 * seconds(d))), d) * swell(d, 0.03, 0.04) + 0.02 * white(d, rng)
        )
    return Sound(np.concatenate(notes), ["whistling"], ["person whistling", "whistling a tune"])


# --- synthesizers
def synth_bass(rng: Rng) -> Sound:
    length, f = u(rng, 0.25, 3), u(rng, 30, 130)
    shape = pick(rng, "saw", "square", "sine", "triangle", "pulse")
    voices = sum(tone(f * d, length, shape, rng.random()) for d in (1, 1 + u(rng, 0, 0.015), 1 - u(rng, 0, 0.015)))
    if rng.random() < 0.3:
        voices = voices + tone(f * 2.0, length, "saw")
    if rng.random() < 0.25:  # FM growl
        voices = np.sin(
            2 * np.pi * f * seconds(length)
            + u(rng, 1, 6)
            * np.sin(2 * np.pi * f * rng.choice([1, 2, 3]) * seconds(length))
            * (1 + np.sin(2 * np.pi * u(rng, 0.5, 6) * seconds(length)))
        )
    kind = int(rng.integers(4))
    if kind == 0:
        cut = 100 + u(rng, 300, 5000) * decay(length, length / u(rng, 2, 8))
        voices, words = swept(voices, cut, 1.2) + lowpass(voices, 150), ["acid bass", "plucked synth bass"]
    elif kind == 1:
        cut = 150 * 2 ** (2 + 2 * np.sin(2 * np.pi * u(rng, 1, 8) * seconds(length)))
        voices, words = swept(voices, cut, 1.0) + lowpass(voices, 150), ["wobble bass", "dubstep bass"]
    elif kind == 2:
        voices, words = lowpass(voices, u(rng, 150, 500)), ["sub bass", "deep bass note"]
    else:
        voices, words = lowpass(voices, u(rng, 500, 4000)), ["analog bass", "fat synth bass"]
    if rng.random() < 0.3:
        glide = f * (1 - u(rng, 0.2, 0.7) * seconds(length) / length)
        voices, words = lowpass(tone(glide, length, shape), u(rng, 300, 2500)), ["bass drop", "falling bass"]
    if rng.random() < 0.4:
        voices = drive(voices, u(rng, 1.5, 8))
    wave = voices * swell(length, 0.005, u(rng, 0.02, length * 0.6))
    return Sound(wave, ["synth_bass"], [*words, "electronic synth bass note", "synth bass", "bass note"])


def synth(rng: Rng) -> Sound:
    length, f = u(rng, 0.3, 4), u(rng, 110, 900)
    kind = pick(rng, "lead", "pad", "stab", "arp", "pluck", "theremin", "drone", "drone")
    chord = [(1, 1.26, 1.5), (1, 1.19, 1.5), (1, 1.5, 2), (1, 1.335, 1.78)][int(rng.integers(4))]
    stack = lambda base, d, shape: sum(tone(base * r * x, d, shape, rng.random()) for r in chord for x in (1, 1.006, 0.994))  # noqa: E731
    if kind == "lead":
        vibrato = 1 + 0.01 * np.sin(2 * np.pi * 5.5 * seconds(length))
        wave = lowpass(tone(f * vibrato, length, pick(rng, "saw", "square", "pulse")), u(rng, 1500, 9000)) * swell(length, 0.01, 0.1)
        return Sound(wave, ["synth_lead", "synth"], ["synth lead", "sawtooth lead", "synth note"])
    if kind == "pad":
        length = u(rng, 3, 8)
        wave = swept(stack(f / 2, length, "saw"), 400 * 2 ** wander(length, rng, 0.4, 0, 3), 1.3) * swell(
            length, length * 0.3, length * 0.4
        )
        return Sound(room(wave, rng, 2, 0.5), ["synth_pad", "drone"], ["synth pad", "warm pad", "ambient pad", "slow evolving pad"])
    if kind == "stab":
        length = u(rng, 0.15, 0.8)
        wave = lowpass(stack(f, length, pick(rng, "saw", "square")), u(rng, 1000, 6000)) * decay(length, length / 3)
        return Sound(room(wave, rng, u(rng, 0.3, 2), 0.3), ["synth_stab", "synth"], ["synth stab", "chord stab", "dub stab"])
    if kind == "arp":
        pace, notes = u(rng, 0.08, 0.2), rng.choice([0, 3, 7, 10, 12, 15, 19], 8)
        shape = pick(rng, "saw", "square", "triangle")
        one = np.concatenate([tone(f * 2 ** (n / 12) / 2, pace, shape) * decay(pace, pace / 2) for n in notes])
        return Sound(
            lowpass(np.tile(one, int(rng.integers(1, 4))), u(rng, 1500, 8000)),
            ["arpeggio", "synth"],
            ["synth arpeggio", "techno sequence", "arpeggiated synth"],
        )
    if kind == "pluck":
        wave = swept(tone(f, length, "saw"), 300 + 4000 * decay(length, 0.15), 1.2) * decay(length, length / 4)
        return Sound(room(wave, rng, 1, 0.2), ["synth"], ["synth pluck", "plucked synth"])
    if kind == "theremin":
        length = u(rng, 2, 6)
        path = 300 * 2 ** wander(length, rng, 1.2, 0, 2)
        wave = tone(path * (1 + 0.02 * np.sin(2 * np.pi * 6 * seconds(length))), length) + 0.2 * tone(2 * path, length)
        return Sound(room(wave * swell(length, 0.2, 0.3), rng, 1.5, 0.3), ["theremin"], ["theremin", "eerie theremin melody"])
    length = u(rng, 4, 9)
    base = u(rng, 35, 180)
    dark = rng.random() < 0.5
    wave = sum(
        tone(base * r * (1 + 0.003 * wander(length, rng, 0.7, -1, 1)), length, pick(rng, "sine", "saw", "triangle"), rng.random())
        * wander(length, rng, 0.6)
        for r in (1, 1.005, 1.5, 2, 2.01, 3, 4.02, 5)
    )
    wave = lowpass(wave, u(rng, 300, 1500) if dark else u(rng, 1500, 6000)) + u(rng, 0, 0.4) * swept(
        white(length, rng), 300 * 2 ** wander(length, rng, 0.5, 0, 4), 0.5
    )
    if rng.random() < 0.3:
        wave += 0.4 * lowpass(coloured(length, rng, 1.5), 500)
    wave = room(wave * swell(length, 0.6, 0.8), rng, 3, 0.6)[: int(length * RATE)]
    return Sound(
        wave,
        ["drone", "horror"] if dark else ["drone", "synth_pad"],
        ["dark ambient drone", "low humming drone", "haunted atmosphere"]
        if dark
        else ["ambient drone", "atmospheric texture", "ambient drone pad"],
    )


MAKERS: list[tuple[Maker, int]] = [
    (beep, 110), (computer, 25), (videogame, 30), (siren, 60), (alarm, 60), (telephone, 70), (dial, 30), (modem, 20), (buzzer, 20), (doorbell, 30),
    (bell, 90), (wind_chime, 20), (magic, 20), (glass, 40), (glass_break, 50), (glass_rub, 35), (metal_hit, 25), (coins, 25), (keys, 20),
    (cash_register, 40), (clock, 60), (keyboard, 70), (mouse_click, 25), (camera, 15), (knock, 40), (door, 45), (creak, 20), (footsteps, 60),
    (heartbeat, 30), (rain, 60), (thunder, 50), (wind, 50), (waves, 60), (stream, 35), (bubbles, 20), (drip, 25), (water_flow, 60), (fire, 60),
    (vinyl, 60), (scratch, 70), (noise_sound, 40), (hum, 40), (whoosh, 80), (riser, 40), (explosion, 60), (gunshot, 40), (fireworks, 30),
    (laser, 25), (impact, 35), (spring, 20), (slide, 20), (robotic, 20), (glitch, 30), (engine, 70), (passing, 50), (horn, 60), (train, 60),
    (reverse_beep, 15), (helicopter, 35), (airplane, 35), (spaceship, 20), (machine, 110), (printer, 40), (hammer, 25), (geiger, 10), (zipper, 15),
    (paper, 25), (applause, 60), (bird, 80), (owl, 20), (cuckoo, 15), (crow, 35), (dog, 45), (cat, 40), (cow, 40), (frog, 25), (insects, 40),
    (bee, 30), (burp, 40), (snore, 20), (breath, 20), (sneeze, 12), (cry, 30), (laugh, 50), (whistle, 40), (synth_bass, 120), (synth, 160),
]  # fmt: skip


def all_effects(rng: Rng) -> Iterator[Sound]:
    for make, count in MAKERS:
        for _ in range(count):
            yield make(rng)


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    for make, _ in MAKERS:
        for _ in range(12):
            sound = make(generator)
            if not len(sound.wave) or not np.isfinite(sound.wave).all() or np.abs(sound.wave).max() < 1e-9:
                raise SystemExit(f"{make.__name__} makes nothing or bad numbers")
    print(scipy.__version__, "ok")
