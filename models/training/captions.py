"""From raw labels to concepts and captions: the lexicon (concepts with English and German phrases) and the label rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent

# Abbreviations and glued words of the raw labels.
EXPANSIONS = {
    "bd": "kick drum", "sn": "snare drum", "sd": "snare drum", "hh": "hi-hat", "cym": "cymbal", "perc": "percussion",
    "ambi": "ambient", "synth": "synth", "analogsynth": "analog synth", "efx": "effect", "fx": "effect", "glas": "glass",
    "barel": "barrel", "carboardbox": "cardboard box", "trashcandragging": "dragging a trash can", "bulp": "bulb",
    "trashcan": "trash can", "doorslam": "door slam", "drymetalhit": "dry metal hit", "liddrop": "dropping a lid",
    "chaindrop": "dropping a chain", "coinspin": "spinning coin", "digeridoo": "didgeridoo", "digeradoo": "didgeridoo",
    "churchbells": "church bells", "policesiren": "police siren", "rubberband": "rubber band", "tincan": "tin can",
    "watersplash": "water splash", "syn": "synth", "vox": "voice", "tinybell": "tiny bell", "templebell": "temple bell",
    "ranbling": "rambling", "squeek": "squeak", "squeel": "squeal", "accordian": "accordion", "coocoo": "cuckoo",
    "mooo": "moo", "woosh": "whoosh", "goove": "groove", "voilent": "violent", "airb": "air blast", "ar": "assault rifle",
    "drippingwater": "dripping water", "femalevoice": "female voice", "femalevoices": "female voices",
    "malevoice": "male voice", "malevoices": "male voices", "voclongchord": "long vocal chord", "longsynth": "long synth",
    "shortsynth": "short synth", "casiohorn": "casio horn", "tearing": "tearing", "knifesharpen": "knife sharpening",
}  # fmt: skip
# Words of the labels that say nothing about the sound.
MEANINGLESS = re.compile(
    r"\b(long|short|misc|\d+|wav|clipped|hasclipping|supposedly|fromsametrack|clinical|a|b|c|d|e|f|g|[a-g](#|b|sharp))\b|!"
)


@dataclass(frozen=True)
class Concept:
    """A kind of sound with every phrase that names it."""

    name: str
    english: list[str]
    german: list[str]


@dataclass
class Labels:
    """What a clip shows: its concepts (names) and captions of its own."""

    concepts: list[str]
    captions: list[str] = field(default_factory=list)


def load_lexicon(path: Path = HERE / "lexicon.txt") -> dict[str, Concept]:
    concepts = {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, rest = line.split(":", 1)
        english, _, german = rest.partition("|")
        split = lambda text: list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))  # noqa: E731
        concepts[name.strip()] = Concept(name.strip(), split(english), split(german))
    return concepts


def load_rules(path: Path = HERE / "rules.txt") -> list[tuple[re.Pattern, list[str], bool]]:
    rules = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, names = line.rpartition(" : ")
        stop = names.strip().endswith("!")
        rules.append((re.compile(pattern), names.replace("!", "").split(), stop))
    return rules


def clean(label: str) -> str:
    """The raw label as words a person would use ("" when nothing is left)."""
    words = " ".join(EXPANSIONS.get(word, word) for word in label.lower().split())
    return re.sub(r"\s+", " ", MEANINGLESS.sub(" ", words)).strip()


def label_clip(source: str, label: str, rules: list) -> Labels:
    """`source` is "owner/repository:path" from the CSV."""
    text = f"{source} :: {label}".lower()
    concepts: list[str] = []
    for pattern, names, stop in rules:
        if pattern.search(text):
            concepts += [name for name in names if name not in concepts]
            if stop:
                break
    own = clean(label)
    return Labels(concepts, [own] if len(own) > 2 else [])
