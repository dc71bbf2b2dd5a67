"""Speech by espeak-ng and flite in many voices and languages, and what effects make of it: robots, radios, crowds, monsters."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator

import numpy as np
import scipy.signal
import soundfile

from synth_core import (
    RATE,
    Rng,
    Sound,
    bandpass,
    coloured,
    crush,
    formants,
    highpass,
    lowpass,
    pick,
    place,
    room,
    seconds,
    tone,
    wander,
    white,
)

SENTENCES = {
    "en": ["Good morning, how are you today?", "The train leaves at seven.", "One two three four five.", "I think we should go home now.", "Welcome to the show.",
           "Please hold the line.", "Can you hear me?", "Yes.", "No, not yet.", "Ladies and gentlemen, thank you very much.", "Hello world.", "Turn left at the corner.",
           "It was a dark and stormy night.", "What are you doing there?", "Warning. System failure.", "All your base.", "Robot online.", "Destroy the target."],
    "de": ["Guten Tag, wie geht es Ihnen?", "Der Zug fährt um sieben Uhr.", "Eins zwei drei vier.", "Ich weiß es nicht.", "Willkommen."],
    "fr": ["Bonjour, comment allez-vous?", "Je ne sais pas.", "Un deux trois."], "es": ["Buenos días, cómo estás?", "No lo sé.", "Uno dos tres."],
    "it": ["Buongiorno, come va?", "Non lo so."], "ru": ["Доброе утро, как дела?"], "pl": ["Dzień dobry, jak się masz?"], "cmn": ["你好, 今天天气很好"],
    "pt": ["Bom dia, tudo bem?"], "tr": ["Merhaba, nasılsın?"], "sv": ["God morgon, hur mår du?"], "hi": ["नमस्ते, आप कैसे हैं"],
}  # fmt: skip
VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+croak"]
FLITE = ["awb", "kal16", "rms", "slt", "kal"]


def _read(data: bytes) -> np.ndarray:
    wave, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return scipy.signal.resample_poly(wave, RATE // 50, rate // 50) if rate != RATE else wave


def espeak(text: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    return _read(subprocess.run(command, capture_output=True, check=True).stdout)


def flite(text: str, voice: str) -> np.ndarray:
    return _read(subprocess.run(["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"], capture_output=True, check=True).stdout)


def say(rng: Rng) -> tuple[np.ndarray, str]:
    """-> (speech, "male" or "female" or "")."""
    if rng.random() < 0.45:
        voice = pick(rng, *FLITE)
        wave = flite(" ".join(rng.choice(SENTENCES["en"], int(rng.integers(1, 3)))), voice)
        return wave, "female" if voice == "slt" else "male"
    language = pick(rng, "en", "en", *SENTENCES)
    variant = pick(rng, *VARIANTS)
    wave = espeak(pick(rng, *SENTENCES[language]), language + variant, int(rng.integers(120, 220)), int(rng.integers(20, 80)))
    return wave, "female" if "+f" in variant else "male"


def shifted(wave: np.ndarray, ratio: float) -> np.ndarray:
    """Played faster (ratio above 1: higher and shorter) or slower."""
    return np.interp(np.arange(0, len(wave) - 1, ratio), np.arange(len(wave)), wave)


def stft_robot(wave: np.ndarray, hop: int) -> np.ndarray:
    """All phases to zero in each frame: a monotone robot at RATE / hop Hz."""
    size = hop * 2
    window, out = np.hanning(size), np.zeros(len(wave) + size)
    for start in range(0, len(wave) - size, hop):
        out[start : start + size] += np.roll(np.fft.irfft(np.abs(np.fft.rfft(wave[start : start + size] * window)), size), hop) * window
    return out[: len(wave)]


def vocode(wave: np.ndarray, carrier: np.ndarray) -> np.ndarray:
    out = np.zeros(len(wave))
    edges = np.geomspace(120, 8000, 17)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        envelope = lowpass(np.abs(bandpass(wave, low, high)), 40)
        out += np.maximum(envelope, 0) * bandpass(carrier, low, high)
    return out


def robot(wave: np.ndarray, rng: Rng) -> tuple[np.ndarray, list[str]]:
    kind, length = int(rng.integers(6)), len(wave) / RATE
    words = ["robot voice", "robotic speech", "talking robot"]
    if kind == 0:
        wave = stft_robot(wave, int(rng.integers(200, 700)))
    elif kind == 1:
        chord = sum(tone(rng.uniform(70, 160) * r, length + 0.01, "saw") for r in (1, 1.5, 2))[: len(wave)]
        wave, words = vocode(wave, chord + 0.2 * rng.standard_normal(len(wave))), ["vocoder voice", "robot voice", "vocoder"]
    elif kind == 2:
        wave = wave * tone(rng.uniform(30, 250), length + 0.01, pick(rng, "sine", "square"))[: len(wave)]
    elif kind == 3:
        delay = int(rng.uniform(0.003, 0.015) * RATE)
        wave = scipy.signal.lfilter([1], [1, *np.zeros(delay - 1), -0.85], wave)
    elif kind == 4:
        wave = crush(wave, rng)
    else:  # cut up and repeated
        grain = int(rng.uniform(0.03, 0.12) * RATE)
        wave = np.concatenate([np.tile(wave[s : s + grain], int(rng.integers(1, 4))) for s in range(0, max(len(wave) - grain, 1), grain)])
        words = ["glitchy robot voice", "robot voice", "computer voice"]
    if rng.random() < 0.35:
        wave = shifted(wave, rng.uniform(0.6, 1.6))
    if rng.random() < 0.25:
        wave = crush(wave, rng)
    if rng.random() < 0.3:
        wave = bandpass(wave, 300, 3500)
    if rng.random() < 0.5:  # only a syllable or two
        size = int(rng.uniform(0.2, 0.9) * RATE)
        start = int(rng.integers(0, max(len(wave) - size, 1)))
        wave = wave[start : start + size]
    return wave, words


def sing(rng: Rng, count: int) -> np.ndarray:
    """`count` voices holding a sung vowel."""
    length = rng.uniform(1, 4)
    vowel = [(700, 1150, 2600, 3300), (400, 800, 2500, 3200), (320, 700, 2500, 3200), (500, 1800, 2600, 3400)][int(rng.integers(4))]
    chord = [1, 1.26, 1.5, 2] if count > 2 else [1]
    base, out = rng.uniform(110, 440), 0
    for _ in range(count):
        t = seconds(length)
        f = (
            base
            * float(rng.choice(chord))
            * rng.uniform(0.992, 1.008)
            * (1 + 0.012 * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t + rng.random() * 6))
        )
        f = f * (1 + 0.004 * wander(length, rng, 6, -1, 1))
        shift = 1.15 if base > 250 else 1.0
        out = out + formants(
            tone(f, length, "saw", rng.random()) + 0.02 * white(length, rng), [v * shift for v in vowel], gains=[1, 0.6, 0.35, 0.25]
        )
    return out * np.clip(seconds(length) / 0.1, 0, 1) * np.clip((length - seconds(length)) / 0.2, 0, 1)


def all_voices(rng: Rng) -> Iterator[Sound]:
    pool = [say(rng) for _ in range(190)]
    any_voice = lambda: pool[int(rng.integers(len(pool)))][0]  # noqa: E731
    for wave, who in pool:
        if rng.random() < 0.5:
            wave = room(wave, rng, rng.uniform(0.2, 1.2), rng.uniform(0.05, 0.3))
        if rng.random() < 0.4:
            wave = wave + 10 ** rng.uniform(-3.5, -1.5) * np.abs(wave).max() * coloured(len(wave) / RATE, rng, 1)
        yield Sound(
            wave, ["speech", f"{who}_speech"], ["speech", "a man speaking" if who == "male" else "a woman speaking", "person talking"]
        )
    for _ in range(190):
        wave, words = robot(any_voice(), rng)
        yield Sound(wave, ["robot"], words)
    for _ in range(40):
        out = np.zeros(int(rng.uniform(3, 7) * RATE))
        for _ in range(int(rng.integers(6, 30))):
            voice = any_voice()
            place(out, voice / np.abs(voice).max(), rng.uniform(-0.0, len(out) / RATE), rng.uniform(0.2, 1))
            place(out, voice[len(voice) // 2 :] / np.abs(voice).max(), 0, rng.uniform(0.1, 0.8))
        out = room(out, rng, rng.uniform(0.5, 2), 0.5)[: len(out)]
        yield Sound(out, ["chatter", "speech"], ["crowd talking", "many people talking", "people chatting in a cafe"])
    for _ in range(30):
        yield Sound(shifted(any_voice(), rng.uniform(1.35, 1.7)), ["child_speech", "speech"], ["child speaking", "a child's voice"])
    for _ in range(25):
        wave = bandpass(any_voice(), 400, 3000)
        wave = wave / np.abs(wave).max() + rng.uniform(0.02, 0.3) * bandpass(white(len(wave) / RATE, rng), 500, 4000)[: len(wave)]
        yield Sound(wave, ["radio", "speech"], ["voice on the radio", "walkie-talkie", "radio chatter"])
    for _ in range(25):
        wave = shifted(any_voice(), rng.uniform(0.4, 0.62))
        yield Sound(room(np.tanh(wave * 6), rng, 1.5, 0.4), ["monster"], ["monster voice", "demon voice", "deep monster growl"])
    for _ in range(25):
        voice = any_voice()
        hushed = vocode(voice, rng.standard_normal(len(voice)))
        yield Sound(highpass(hushed, 500), ["whisper"], ["whispering", "a person whispers"])
    for _ in range(25):
        wave = shifted(np.tanh(highpass(any_voice(), 300) * 12), rng.uniform(1.05, 1.3))
        yield Sound(room(wave[: int(1.5 * RATE)], rng, 1, 0.3), ["shout"], ["man shouting", "yelling"])
    for _ in range(40):
        yield Sound(room(sing(rng, 1), rng, 1, 0.2), ["singing"], ["singing voice", "sung note"])
    for _ in range(60):
        yield Sound(
            room(sing(rng, int(rng.integers(5, 14))), rng, rng.uniform(1, 3), 0.5),
            ["choir"],
            ["choir singing", "choir", "voices singing together"],
        )
