"""
Writes words.txt: the words that the text tower was taught and that are no whole token. Told apart from words that it has never read, they
need not be guessed by how many pieces they fall into.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from teacher import audiocaps, kinds, ontology, wordnet

HERE = Path(__file__).parent
PHRASES = ("lexicon.txt", "paraphrases.txt", "wishes.txt")
LEAST_LETTERS = 4
"""Shorter words are not judged."""


def fold(text: str) -> str:
    """As the product compares words: lower case without accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.category(letter).startswith("M")).lower()


def phrases(folder: Path = HERE) -> Iterable[str]:
    for name in PHRASES:
        for line in (folder / name).read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                yield line.split(":", 1)[1]


def taught(vocabulary: set[str], text_dir: Path) -> list[str]:
    about = [text for entry in ontology(text_dir) for text in (entry["name"], entry["description"])]
    texts = [*phrases(), *audiocaps(text_dir), *about, *wordnet()[0], *(kind for kind, _ in kinds())]
    words = {fold(word) for text in texts for word in re.findall(r"[^\W\d_]+", text)}
    return sorted(word for word in words - vocabulary if len(word) >= LEAST_LETTERS)


def write_words(out: Path, text_dir: Path) -> dict:
    """@returns the file's entry for the manifest"""
    vocabulary = set(json.loads((out / "tokenizer.json").read_text())["model"]["vocab"])
    data = ("\n".join(taught(vocabulary, text_dir)) + "\n").encode()
    (out / "words.txt").write_bytes(data)
    return {"path": "words.txt", "sha256": hashlib.sha256(data).hexdigest(), "sizeBytes": len(data)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parent / "compact-clap", help="an exported model, whose manifest is changed too")
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    manifest = json.loads((arguments.out / "manifest.json").read_text())
    manifest["files"]["words"] = write_words(arguments.out, arguments.text)
    manifest["version"] = arguments.version
    (arguments.out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
