"""General MIDI instruments through fluidsynth: notes, chords, melodies and short pieces, each with its instrument's name."""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from synth_core import RATE, Rng, Sound, drive, pick, room

FONTS = [
    Path(p)
    for p in os.environ.get("TRAUM_SOUNDFONTS", "/usr/share/sounds/sf2/FluidR3_GM.sf2:/usr/share/sounds/sf2/TimGM6mb.sf2").split(":")
]

# program: (words, concepts, lowest and highest useful note)
PROGRAMS: dict[int, tuple[str, str, int, int]] = {
    0: ("grand piano", "piano", 24, 100), 1: ("bright piano", "piano", 28, 100), 2: ("electric grand piano", "piano electric_piano", 30, 96),
    3: ("honky-tonk piano", "piano", 36, 96), 4: ("electric piano", "electric_piano", 36, 96), 5: ("FM electric piano", "electric_piano", 36, 96),
    6: ("harpsichord", "harpsichord", 36, 88), 7: ("clavinet", "harpsichord", 36, 84), 8: ("celesta", "celesta", 60, 105),
    9: ("glockenspiel", "celesta bell", 67, 105), 10: ("music box", "celesta", 60, 100), 11: ("vibraphone", "vibraphone", 53, 89),
    12: ("marimba", "marimba", 45, 90), 13: ("xylophone", "marimba", 60, 100), 14: ("tubular bells", "tubular_bells church_bell bell", 50, 80),
    15: ("dulcimer", "dulcimer", 45, 88), 16: ("hammond organ", "organ", 36, 96), 17: ("percussive organ", "organ", 36, 96),
    18: ("rock organ", "organ", 36, 96), 19: ("church organ", "organ", 30, 96), 20: ("harmonium", "organ accordion", 36, 90),
    21: ("accordion", "accordion", 45, 90), 22: ("harmonica", "harmonica", 55, 90), 23: ("bandoneon", "accordion", 45, 90),
    24: ("nylon guitar", "guitar", 40, 80), 25: ("steel string guitar", "guitar", 40, 80), 26: ("jazz guitar", "electric_guitar", 40, 80),
    27: ("clean electric guitar", "electric_guitar", 40, 82), 28: ("muted electric guitar", "electric_guitar", 40, 78),
    29: ("overdriven guitar", "distorted_guitar electric_guitar", 38, 80), 30: ("distorted guitar", "distorted_guitar electric_guitar", 38, 80),
    31: ("guitar harmonics", "electric_guitar", 50, 84), 32: ("acoustic bass", "double_bass bass_guitar", 28, 55),
    33: ("fingered bass guitar", "bass_guitar", 28, 58), 34: ("picked bass guitar", "bass_guitar", 28, 58), 35: ("fretless bass", "bass_guitar", 28, 58),
    36: ("slap bass", "bass_guitar", 28, 60), 37: ("slap bass guitar", "bass_guitar", 28, 60), 38: ("synth bass", "synth_bass", 24, 58),
    39: ("synth bass", "synth_bass", 24, 58), 40: ("violin", "violin", 55, 96), 41: ("viola", "violin", 48, 84), 42: ("cello", "cello", 36, 72),
    43: ("contrabass", "double_bass", 28, 55), 44: ("tremolo strings", "strings", 40, 90), 45: ("pizzicato strings", "pizzicato", 36, 90),
    46: ("harp", "harp", 36, 96), 47: ("timpani", "timpani", 36, 57), 48: ("string ensemble", "strings", 36, 90), 49: ("slow strings", "strings", 36, 90),
    50: ("synth strings", "strings synth_pad", 36, 90), 51: ("synth strings", "synth_pad strings", 36, 90), 52: ("choir", "choir", 43, 80),
    53: ("choir oohs", "choir", 43, 80), 54: ("synth voice", "choir synth", 43, 80), 55: ("orchestra hit", "synth_stab", 40, 75),
    56: ("trumpet", "trumpet", 54, 86), 57: ("trombone", "trombone", 40, 72), 58: ("tuba", "tuba", 28, 55), 59: ("muted trumpet", "trumpet", 54, 84),
    60: ("french horn", "french_horn", 41, 77), 61: ("brass section", "brass", 40, 82), 62: ("synth brass", "brass synth", 36, 82),
    63: ("synth brass", "brass synth", 36, 82), 64: ("soprano saxophone", "saxophone", 54, 84), 65: ("alto saxophone", "saxophone", 49, 80),
    66: ("tenor saxophone", "saxophone", 42, 75), 67: ("baritone saxophone", "saxophone", 36, 68), 68: ("oboe", "oboe", 58, 89),
    69: ("english horn", "oboe", 52, 80), 70: ("bassoon", "bassoon", 34, 70), 71: ("clarinet", "clarinet", 50, 88), 72: ("piccolo", "flute", 74, 104),
    73: ("flute", "flute", 60, 95), 74: ("recorder", "recorder", 60, 95), 75: ("pan flute", "recorder", 60, 95), 76: ("blown bottle", "bottle recorder", 48, 80),
    77: ("shakuhachi", "recorder", 50, 86), 78: ("human whistle", "whistling", 65, 95), 79: ("ocarina", "recorder", 60, 90),
    80: ("square wave lead", "synth_lead synth", 36, 90), 81: ("sawtooth lead", "synth_lead synth", 36, 90), 82: ("calliope lead", "synth_lead synth", 48, 90),
    83: ("chiff lead", "synth_lead synth", 48, 90), 84: ("charang lead", "synth_lead distorted_guitar", 40, 84), 85: ("voice lead", "synth_lead choir", 45, 84),
    86: ("fifths lead", "synth_lead synth", 36, 84), 87: ("bass and lead", "synth_bass synth_lead", 28, 60), 88: ("new age pad", "synth_pad", 36, 84),
    89: ("warm pad", "synth_pad", 36, 84), 90: ("polysynth pad", "synth_pad synth", 36, 84), 91: ("choir pad", "synth_pad choir", 40, 80),
    92: ("bowed glass pad", "synth_pad glass_rub", 40, 84), 93: ("metallic pad", "synth_pad drone", 36, 80), 94: ("halo pad", "synth_pad choir", 36, 80),
    95: ("sweep pad", "synth_pad drone", 36, 80), 96: ("ice rain", "magic synth_pad", 48, 90), 97: ("soundtrack pad", "drone synth_pad", 30, 72),
    98: ("crystal bells", "bell magic", 55, 96), 99: ("atmosphere", "synth_pad guitar", 36, 84), 100: ("brightness", "synth_pad synth", 40, 88),
    101: ("goblins", "horror drone", 30, 72), 102: ("echo drops", "synth_pad magic", 45, 88), 103: ("star theme", "drone computer", 36, 80),
    104: ("sitar", "sitar", 45, 80), 105: ("banjo", "banjo", 45, 82), 106: ("shamisen", "sitar banjo", 45, 82), 107: ("koto", "sitar harp", 45, 84),
    108: ("kalimba", "kalimba", 48, 84), 109: ("bagpipe", "bagpipe", 50, 82), 110: ("fiddle", "violin", 55, 92), 111: ("shanai", "bagpipe oboe", 50, 84),
    112: ("tinkle bell", "bell triangle", 60, 96), 113: ("agogo", "agogo", 55, 85), 114: ("steel drum", "steel_drum", 48, 84),
    115: ("woodblock", "woodblock", 48, 84), 116: ("taiko drum", "timpani drums", 36, 65), 117: ("melodic tom", "tom", 40, 72), 118: ("synth drum", "tom drum_machine", 40, 72),
    119: ("reverse cymbal", "cymbal_bow riser", 48, 72), 120: ("guitar fret noise", "electric_guitar scrape", 50, 70), 121: ("breath noise", "breath", 50, 75),
    122: ("seashore", "waves", 45, 70), 123: ("bird tweet", "bird", 50, 80), 124: ("telephone ring", "telephone", 50, 72), 125: ("helicopter", "helicopter", 45, 70),
    126: ("applause", "applause", 50, 70), 127: ("gunshot", "gunshot", 45, 75),
}  # fmt: skip
# General MIDI percussion keys.
KEYS: dict[int, tuple[str, str]] = {
    35: ("kick drum", "kick"), 36: ("kick drum", "kick"), 37: ("side stick", "rim"), 38: ("snare drum", "snare"), 39: ("hand clap", "clap"),
    40: ("electric snare", "snare"), 41: ("low floor tom", "tom"), 42: ("closed hi-hat", "hihat_closed"), 43: ("high floor tom", "tom"),
    44: ("pedal hi-hat", "hihat_closed"), 45: ("low tom", "tom"), 46: ("open hi-hat", "hihat_open"), 47: ("mid tom", "tom"), 48: ("mid tom", "tom"),
    49: ("crash cymbal", "cymbal"), 50: ("high tom", "tom"), 51: ("ride cymbal", "ride"), 52: ("china cymbal", "cymbal"), 53: ("ride bell", "ride bell"),
    54: ("tambourine", "tambourine"), 55: ("splash cymbal", "cymbal"), 56: ("cowbell", "cowbell"), 57: ("crash cymbal", "cymbal"), 58: ("vibraslap", "guiro"),
    59: ("ride cymbal", "ride"), 60: ("high bongo", "bongo"), 61: ("low bongo", "bongo"), 62: ("muted conga", "bongo"), 63: ("open conga", "bongo"),
    64: ("low conga", "bongo"), 65: ("high timbale", "bongo"), 66: ("low timbale", "bongo"), 67: ("high agogo", "agogo"), 68: ("low agogo", "agogo"),
    69: ("cabasa", "shaker"), 70: ("maracas", "shaker"), 71: ("short whistle", "whistle"), 72: ("long whistle", "whistle"), 73: ("short guiro", "guiro"),
    74: ("long guiro", "guiro"), 75: ("claves", "woodblock"), 76: ("high wood block", "woodblock"), 77: ("low wood block", "woodblock"),
    78: ("muted cuica", "monkey squeak"), 79: ("open cuica", "monkey squeak"), 80: ("muted triangle", "triangle"), 81: ("open triangle", "triangle"),
}  # fmt: skip
DRUM_KITS = [0, 8, 16, 24, 25, 32, 40]
PITCHES = "C C# D D# E F F# G G# A A# B".split()
SLOT = 4.0


class Midi:
    """The few bytes of a one-track MIDI file, in milliseconds (one tick is one millisecond)."""

    def __init__(self) -> None:
        self.events: list[tuple[int, int, bytes]] = []

    def add(self, at: float, *data: int) -> None:
        self.events.append((int(at * 1000), len(self.events), bytes(data)))

    def note(self, channel: int, key: int, at: float, length: float, velocity: int = 90) -> None:
        self.add(at, 0x90 | channel, key, velocity)
        self.add(at + length, 0x80 | channel, key, 0)

    def save(self, path: Path) -> None:
        track, before = b"\x00\xff\x51\x03\x0f\x42\x40", 0
        for at, _, data in sorted(self.events):
            delta, before = at - before, at
            parts = [delta & 0x7F]
            while delta := delta >> 7:
                parts.insert(0, (delta & 0x7F) | 0x80)
            track += bytes(parts) + data
        track += b"\x00\xff\x2f\x00"
        path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(track)) + track)


def render(midi: Midi, font: Path) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder) / "a.mid", Path(folder) / "a.wav"
        midi.save(score)
        command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-g", "0.5", "-F", str(wave), str(font), str(score)]
        subprocess.run(command, check=True, capture_output=True)
        return soundfile.read(wave, dtype="float32", always_2d=True)[0].mean(1)


def phrase(midi: Midi, channel: int, at: float, low: int, high: int, rng: Rng, kind: str) -> None:
    """Writes a note, chord, or melody into the slot that starts at `at`."""
    key = int(rng.integers(low, max(high - 12, low + 1)))
    velocity = int(rng.integers(45, 127))
    if kind == "note":
        midi.note(channel, int(rng.integers(low, high)), at, rng.choice([0.15, 0.5, 1.2, 2.5]), velocity)
    elif kind == "chord":
        for step in [(0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 7, 12)][int(rng.integers(5))]:
            midi.note(channel, key + step, at + rng.uniform(0, 0.03), rng.uniform(0.4, 2.8), velocity)
    else:
        scale = [0, 2, 4, 5, 7, 9, 11, 12] if rng.random() < 0.5 else [0, 2, 3, 5, 7, 8, 10, 12]
        pace, now, degree = rng.uniform(0.1, 0.5), 0.0, int(rng.integers(0, 8))
        while now < SLOT - 0.9:
            length = pace * rng.choice([1, 1, 1, 2])
            midi.note(
                channel,
                key + scale[degree],
                at + now,
                length * rng.uniform(0.5, 1.0),
                int(np.clip(velocity + rng.integers(-15, 15), 20, 127)),
            )
            degree = int(np.clip(degree + rng.integers(-3, 4), 0, 7))
            now += length


def instruments(rng: Rng, slots: int = 13) -> Iterator[Sound]:
    for program, (words, concepts, low, high) in PROGRAMS.items():
        for font in FONTS:
            midi = Midi()
            midi.add(0, 0xC0, program)
            kinds = [
                pick(rng, "note", "note", "chord", "melody") if concepts.split()[0] not in ("applause", "waves") else "note"
                for _ in range(slots)
            ]
            for slot, kind in enumerate(kinds):
                phrase(midi, 0, slot * SLOT + 0.02, low, high, rng, kind)
            midi.add(slots * SLOT, 0xB0, 123, 0)
            wave = render(midi, font)
            for slot, kind in enumerate(kinds):
                part = wave[int(slot * SLOT * RATE) : int((slot + 1) * SLOT * RATE)]
                loud = np.flatnonzero(np.abs(part) > 1e-3 * (np.abs(part).max() + 1e-9))
                if not len(loud) or np.abs(part).max() < 1e-4:
                    continue
                part = part[: min(len(part), loud[-1] + 2400)]
                part = part * np.minimum(1, np.arange(len(part))[::-1] / 1000)
                if rng.random() < 0.2:
                    part = room(part, rng, rng.uniform(0.3, 2), rng.uniform(0.1, 0.5))
                if rng.random() < 0.05:
                    part = drive(part, 3)
                said = {
                    "note": [f"{words} note", words, f"a single {words} note"],
                    "chord": [f"{words} chord", words],
                    "melody": [f"{words} melody", words, f"{words} playing a melody", f"someone plays the {words.split()[-1]}"],
                }[kind]
                extra = ["pizzicato"] if program in (45,) else []
                yield Sound(part, [*concepts.split(), *extra], said)


def percussion(rng: Rng) -> Iterator[Sound]:
    for font in FONTS:
        for kit in DRUM_KITS:
            midi = Midi()
            midi.add(0, 0xC9, kit)
            keys = sorted(KEYS)
            for i, key in enumerate(keys):
                midi.note(9, key, i * 2.0 + 0.02, 0.5, int(rng.integers(60, 127)))
            midi.add(len(keys) * 2.0, 0xB9, 123, 0)
            wave = render(midi, font)
            for i, key in enumerate(keys):
                if kit != 0 and key > 53 and rng.random() < 0.7:
                    continue  # mostly the same samples in every kit
                part = wave[int(i * 2.0 * RATE) : int((i + 1) * 2.0 * RATE)]
                loud = np.flatnonzero(np.abs(part) > 3e-3 * (np.abs(part).max() + 1e-9))
                if len(loud) and np.abs(part).max() > 1e-4:
                    words, concepts = KEYS[key]
                    yield Sound(part[: loud[-1] + 1200], concepts.split(), [words, f"{words} hit"])


BANDS = [
    ("rock", {"lead": [29, 30], "chords": [30, 27], "bass": [33, 34], "drums": 8}, "rock music"),
    ("jazz", {"lead": [65, 66, 56], "chords": [0, 26], "bass": [32], "drums": 32}, "jazz band"),
    ("techno", {"lead": [81, 80], "chords": [90, 62], "bass": [38, 39], "drums": 25}, "electronic dance music"),
    ("orchestra", {"lead": [40, 73, 68], "chords": [48, 61], "bass": [43], "drums": None}, "orchestral music"),
    ("music", {"lead": [73, 22, 21], "chords": [25, 0], "bass": [33], "drums": 0}, "folk music"),
]


def pieces(rng: Rng, count: int = 60) -> Iterator[Sound]:
    """Short pieces for several instruments."""
    for _ in range(count):
        style, parts, words = BANDS[int(rng.integers(len(BANDS)))]
        midi, beat, root = Midi(), 60 / rng.uniform(80, 140), int(rng.integers(45, 57))
        for channel, role in enumerate(("lead", "chords", "bass")):
            midi.add(0, 0xC0 | channel, int(rng.choice(parts[role])))
        if parts["drums"] is not None:
            midi.add(0, 0xC9, parts["drums"])
        for bar in range(int(8 / (4 * beat)) + 1):
            shift = int(rng.choice([0, 5, 7, 9]))
            for step in (0, 4, 7):
                for hit in range(4 if style in ("rock", "techno") else 1):
                    midi.note(1, root + shift + step, (4 * bar + hit) * beat, beat * (0.9 if style in ("rock", "techno") else 3.8), 75)
            for i in range(8):
                midi.note(2, root - 12 + shift + int(rng.choice([0, 0, 0, 7])), (4 * bar + i / 2) * beat, beat * 0.45, 95)
                if rng.random() < 0.7:
                    midi.note(
                        0, root + 12 + shift + int(rng.choice([0, 2, 4, 7, 9])), (4 * bar + i / 2) * beat, beat * rng.uniform(0.4, 1), 95
                    )
                if parts["drums"] is not None:
                    midi.note(9, 42, (4 * bar + i / 2) * beat, 0.1, 70)
                    if i in (0, 4) or style == "techno" and i % 2 == 0:
                        midi.note(9, 36, (4 * bar + i / 2) * beat, 0.1, 110)
                    if i in (2, 6):
                        midi.note(9, 38, (4 * bar + i / 2) * beat, 0.1, 100)
        wave = render(midi, FONTS[int(rng.integers(len(FONTS)))])[: int(rng.uniform(4, 9) * RATE)]
        yield Sound(wave, [style, "music"] if style != "music" else ["music"], [words, f"{style} music loop"])


def all_music(rng: Rng) -> Iterator[Sound]:
    yield from instruments(rng)
    yield from percussion(rng)
    yield from pieces(rng)
