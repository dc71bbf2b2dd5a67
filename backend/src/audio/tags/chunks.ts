import type { FileHandle } from 'node:fs/promises';

/** A chunk longer than this is cut: no remark is longer, and a hostile file must not cost memory. */
const MAX_CHUNK_BYTES = 256 * 1024;
const MAX_CHUNKS = 2_000;
/** Of all chunks together, as of tags of other kinds. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** More remarks and authors than any file has that people made. */
const MAX_TEXTS = 200;
const NO_DATA = Buffer.alloc(0);
const WANTED = new Set(['LIST', 'bext', 'iXML', 'acid', 'NAME', 'AUTH', 'ANNO', '(c) ', 'ds64']);

interface Chunk {
  id: string;
  data: Buffer;
}

/** What the chunks of a WAV or AIFF file say. Texts hold one character for each byte: their encoding is to be found out. */
export interface ChunkTags {
  title?: string;
  artist?: string;
  album?: string;
  genre?: string;
  copyright?: string;
  /** Who made it, the surest first. */
  authors: string[];
  /** Remarks, the most telling first. */
  remarks: string[];
  bpm?: number;
  /** When it was recorded, as each broadcast chunk says: programs leave it empty, or add another. */
  recorded: string[];
  /** When it was made, whatever is meant by it. */
  date?: string;
}

/**
 * Reads what stands in chunks that music-metadata leaves out (`acid`, `iXML`), reads as ASCII (`bext`, AIFF), or gives up on.
 * @returns null when the file is neither WAV nor AIFF; `start` is where it begins, behind an ID3 tag; `crowded` when it has so
 *   many chunks and fields that not all were looked at
 */
export async function readChunkTags(
  file: FileHandle,
): Promise<{ tags: ChunkTags; start: number; crowded: boolean } | null> {
  const start = await behindId3(file);
  const head = await bytesAt(file, start, 12);
  const form = head.toString('latin1', 0, 4);
  const type = head.toString('latin1', 8, 12);
  const isWave = /^(?:RIFF|RIFX|RF64|BW64)$/.test(form) && type === 'WAVE';
  if (!isWave && !(form === 'FORM' && /^AIF[FC]$/.test(type))) return null;
  const tags: ChunkTags = { authors: [], remarks: [], recorded: [] };
  const ixml: string[] = [];
  let count = 0;
  for await (const { id, data } of chunksOf(file, start + 12, form === 'RIFX' || form === 'FORM')) {
    count++;
    if (id === 'LIST') count += readInfo(data, form === 'RIFX', tags);
    else if (id === 'bext') readBroadcast(data, tags);
    else if (id === 'iXML') ixml.push(...ixmlRemarks(data));
    else if (id === 'acid') Object.assign(tags, acidTempo(data, form === 'RIFX'));
    else if (id === 'NAME') tags.title ??= untilNull(data);
    else if (id === 'AUTH') tags.artist ??= untilNull(data);
    else if (id === '(c) ') tags.copyright ??= untilNull(data);
    else if (id === 'ANNO') tags.remarks.push(untilNull(data));
  }
  tags.remarks.push(...ixml);
  tags.remarks.splice(MAX_TEXTS);
  tags.authors.splice(MAX_TEXTS);
  tags.recorded.splice(MAX_TEXTS);
  return { tags, start, crowded: count >= MAX_CHUNKS };
}

/** Where the file proper begins when some program put an ID3 tag before it; 0 without one. */
async function behindId3(file: FileHandle): Promise<number> {
  const head = await bytesAt(file, 0, 10);
  if (head.toString('latin1', 0, 3) !== 'ID3' || head.length < 10) return 0;
  const size = [...head.subarray(6, 10)].reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  const footer = (head[5]! & 0x10) === 0 ? 0 : 10;
  return 10 + size + footer;
}

/** The first {@link MAX_CHUNKS}, those that nobody wants without their data. */
async function* chunksOf(file: FileHandle, from: number, bigEndian: boolean): AsyncGenerator<Chunk> {
  const { size: end } = await file.stat();
  let longData = 0;
  let left = MAX_READ_BYTES;
  for (let at = from, seen = 0; at + 8 <= end && seen < MAX_CHUNKS; seen++) {
    const header = await bytesAt(file, at, 8);
    if (header.length < 8) return;
    const id = header.toString('latin1', 0, 4);
    let size = bigEndian ? header.readUInt32BE(4) : header.readUInt32LE(4);
    if (id === 'data' && size === 0xffff_ffff && longData > 0) size = longData;
    if (WANTED.has(id)) {
      const data = await bytesAt(file, at + 8, Math.min(size, MAX_CHUNK_BYTES, left));
      left -= data.length;
      if (id === 'ds64') longData = data.length >= 16 ? Number(data.readBigUInt64LE(8)) : 0;
      yield { id, data };
    } else yield { id, data: NO_DATA };
    at += 8 + size + (size % 2);
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** What is looked at of one text. */
const MAX_TEXT_BYTES = 8_000;

function untilNull(data: Buffer): string {
  const end = data.subarray(0, MAX_TEXT_BYTES).indexOf(0);
  return data.toString('latin1', 0, end === -1 ? MAX_TEXT_BYTES : end);
}

/** What recorders and programs write where a broadcast file names its author. */
const NO_AUTHOR =
  /^(?:pro ?tools|reaper|zoom|sound ?dev|nuendo|cubase|wavelab|adobe|audacity|logic|ableton|steinberg|tascam|aaton|sonosax|fostex|lavf|ffmpeg|sox|libsndfile|soundminer|basehead|izotope|rx |sequoia|samplitude|pyramix|sadie)/i;

function readBroadcast(data: Buffer, tags: ChunkTags): void {
  tags.remarks.unshift(untilNull(data.subarray(0, 256)));
  const originator = untilNull(data.subarray(256, 288));
  if (!NO_AUTHOR.test(originator.trim())) tags.authors.push(originator);
  tags.recorded.push(untilNull(data.subarray(320, 330)));
}

const INFO: Readonly<Record<string, 'title' | 'artist' | 'album' | 'genre' | 'copyright' | 'date'>> = {
  INAM: 'title',
  IART: 'artist',
  IPRD: 'album',
  IGNR: 'genre',
  ICOP: 'copyright',
  ICRD: 'date',
};

/** @returns how many fields it has; of one that was cut, as many as are too many */
function readInfo(list: Buffer, bigEndian: boolean, tags: ChunkTags): number {
  if (list.toString('latin1', 0, 4) !== 'INFO') return 0;
  let fields = 0;
  for (let at = 4; at + 8 <= list.length;) {
    const id = list.toString('latin1', at, at + 4);
    const size = bigEndian ? list.readUInt32BE(at + 4) : list.readUInt32LE(at + 4);
    const text = untilNull(list.subarray(at + 8, at + 8 + size));
    const field = INFO[id];
    if (field) tags[field] ??= text;
    else if (id === 'ICMT' && tags.remarks.length < MAX_TEXTS) tags.remarks.push(text);
    else if ((id === 'IMUS' || id === 'IENG') && tags.authors.length < MAX_TEXTS) tags.authors.unshift(text);
    at += 8 + size + (size % 2);
    fields++;
  }
  return list.length < MAX_CHUNK_BYTES ? fields : MAX_CHUNKS;
}

/** Whether a sound has no beat of its own, by the first bit of the flags. */
const ONE_SHOT = 1;

function acidTempo(data: Buffer, bigEndian: boolean): { bpm?: number } {
  if (data.length < 24) return {};
  const flags = bigEndian ? data.readUInt32BE(0) : data.readUInt32LE(0);
  const bpm = bigEndian ? data.readFloatBE(20) : data.readFloatLE(20);
  return (flags & ONE_SHOT) === 0 ? { bpm } : {};
}

/** What recordists write about a take, with the label that we give it. */
const IXML_FIELDS: readonly [name: string, label: string][] = [
  ['NOTE', ''],
  ['USER', ''],
  ['LOCATION_NAME', ''],
  ['PROJECT', 'Project: '],
  ['SCENE', 'Scene: '],
  ['TAKE', 'Take: '],
];

function ixmlRemarks(data: Buffer): string[] {
  const xml = data[0] === 0xff && data[1] === 0xfe ? data.toString('utf16le', 2) : data.toString('latin1');
  return IXML_FIELDS.flatMap(([name, label]) => {
    const text = fromXml(firstElement(xml, name)).trim();
    return text === '' ? [] : [label + text.slice(0, MAX_TEXT_BYTES)];
  });
}

/** The text in the first one of this name. Found by two searches: one pattern for all would try every beginning anew. */
function firstElement(xml: string, name: string): string {
  const begin = new RegExp(`<${name}>`, 'i').exec(xml);
  if (!begin) return '';
  const rest = xml.slice(begin.index + begin[0].length);
  const content = rest.slice(0, new RegExp(`</${name}>`, 'i').exec(rest)?.index ?? 0);
  return content.startsWith('<![CDATA[') || !content.includes('<') ? content : '';
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function fromXml(content: string): string {
  const cdata = /^<!\[CDATA\[([^]*)\]\]>$/.exec(content)?.[1];
  if (cdata !== undefined) return cdata;
  return content.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (entity, decimal, hex, name: string) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(String(hex), 16) : null;
    if (code !== null) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    return ENTITIES[name.toLowerCase()] ?? entity;
  });
}
