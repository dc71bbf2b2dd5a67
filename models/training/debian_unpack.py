"""Takes the sounds out of what Debian packages wrap them in: zip archives, Qt resources, GUS patches, OpenTTD's sound table."""

from __future__ import annotations

import re
import struct
import wave
import zipfile
import zlib
from pathlib import Path

AUDIO = (".ogg", ".oga", ".wav", ".flac", ".mp3", ".opus", ".aif", ".aiff", ".au")
NOTES = 4
"""Samples taken from one instrument patch, spread over its range."""


def unpack(package: Path) -> None:
    """Unpacks every archive of a package below `<package>/unpacked`."""
    out = package / "unpacked"
    for path in [path for path in package.rglob("*") if path.is_file() and not path.is_symlink()]:
        if path.suffix.lower() in (".zip", ".pk3", ".wz", ".oxz") and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(out / path.name, [name for name in archive.namelist() if name.lower().endswith(AUDIO)])
        elif path.suffix == ".rcc":
            qt_resources(path.read_bytes(), out / path.stem)
        elif path.suffix == ".pat":
            patch(path, out / path.parent.name)
        elif path.suffix == ".cat":
            sound_table(path.read_bytes(), out)


def qt_resources(data: bytes, out: Path) -> None:
    """Qt's binary resource format, versions 1 to 3, files stored plainly or deflated."""
    if data[:4] != b"qres":
        return
    version, tree, files, names = struct.unpack(">4I", data[4:20])
    size = 22 if version >= 2 else 14

    def walk(index: int, place: Path) -> None:
        at = tree + index * size
        name_at, flags = struct.unpack(">IH", data[at : at + 6])
        name_at += names
        (length,) = struct.unpack(">H", data[name_at : name_at + 2])
        name = data[name_at + 6 : name_at + 6 + 2 * length].decode("utf-16-be").replace("..", "_")
        if flags & 2:
            count, first = struct.unpack(">II", data[at + 6 : at + 14])
            for child in range(first, first + count):
                walk(child, place / name)
        elif name.lower().endswith(AUDIO) and not flags & 4:
            start = files + struct.unpack(">I", data[at + 10 : at + 14])[0]
            content = data[start + 4 : start + 4 + struct.unpack(">I", data[start : start + 4])[0]]
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(zlib.decompress(content[4:]) if flags & 1 else content)

    walk(0, out)


def patch(path: Path, out: Path) -> None:
    """Gravis Ultrasound patches: a few notes of the instrument, looped to two seconds where the patch says so."""
    data = path.read_bytes()
    if data[:12] != b"GF1PATCH110\0":
        return
    at, samples = 129 + 63 + 47, []
    for _ in range(data[129 + 63 + 6]):
        header = data[at : at + 96]
        if len(header) < 96:
            break
        size, loop_start, loop_end, rate = struct.unpack("<IIIH", header[8:22])
        samples.append((bytearray(data[at + 96 : at + 96 + size]), rate, header[55], loop_start, loop_end))
        at += 96 + size
    step = max(1, (len(samples) - 1) / (NOTES - 1))
    out.mkdir(parents=True, exist_ok=True)
    for number in range(min(NOTES, len(samples))):
        content, rate, mode, loop_start, loop_end = samples[int(number * step)]
        width = 2 if mode & 1 else 1
        content = content[: len(content) // width * width]
        # WAV keeps 16 bits signed and 8 bits unsigned; the patch says what it has.
        if bool(mode & 2) == (width == 2):
            content[width - 1 :: width] = bytes(byte ^ 0x80 for byte in content[width - 1 :: width])
        loop_start, loop_end = loop_start // width * width, min(loop_end, len(content)) // width * width
        needed = 2 * rate * width
        if mode & 4 and loop_end - loop_start > 16 * width and loop_end < needed:
            loop = content[loop_start:loop_end]
            content = content[:loop_end] + loop * ((needed - loop_end) // len(loop) + 1)
        with wave.open(str(out / f"{path.stem}_{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(width)
            file.setframerate(rate)
            file.writeframes(bytes(content))


def sound_table(data: bytes, out: Path) -> None:
    """OpenTTD's sounds: pairs of offset and size, then at each offset a name with its length before it and a WAV file."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range((int.from_bytes(data[:4], "little") & 0x7FFFFFFF) // 8):
        offset = int.from_bytes(data[8 * number : 8 * number + 4], "little") & 0x7FFFFFFF
        name = data[offset + 1 : offset + 1 + data[offset]].split(b"\0")[0].decode("latin-1")
        start = data.find(b"RIFF", offset, offset + 300)
        if start >= 0:
            end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
            (out / f"{number:02d}-{re.sub('[^A-Za-z0-9._-]', '_', name)[:60].strip('_')}.wav").write_bytes(data[start:end])
