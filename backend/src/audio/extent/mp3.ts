import { NOTHING, share, type Bytes, type Found } from './bytes.js';

/** The first frame lies at the start, or behind a little padding. */
const SEARCHED = 8192;

/**
 * MP3: the frame that encoders put first (`Xing`, in files of constant rate `Info`) tells how many bytes and frames there are. Its
 * number of frames is believed when so many bytes can hold it.
 */
export async function mp3(bytes: Bytes, start: number): Promise<Found> {
  const head = await bytes.read(start, SEARCHED);
  for (let at = 0; at + 4 < head.length; at++) {
    if (head[at] !== 0xff || (head[at + 1]! & 0xe6) !== 0xe2) continue;
    const version = (head[at + 1]! >> 3) & 3;
    const rateCode = (head[at + 2]! >> 2) & 3;
    if (version === 1 || rateCode === 3) continue;
    const isFirst = version === 3;
    const isMono = head[at + 3]! >> 6 === 3;
    const tag = at + 4 + (isFirst ? (isMono ? 17 : 32) : isMono ? 9 : 17);
    if (!/^(?:Xing|Info)$/.test(head.toString('latin1', tag, tag + 4)) || tag + 16 > head.length)
      return { extent: null };
    const flags = head.readUInt32BE(tag + 4);
    const frames = flags & 1 ? head.readUInt32BE(tag + 8) : 0;
    const announced = flags & 2 ? head.readUInt32BE(tag + 8 + (flags & 1 ? 4 : 0)) : 0;
    const present = bytes.size - start - at;
    const rateHz = [44_100, 48_000, 32_000][rateCode]! / (isFirst ? 1 : version === 2 ? 2 : 4);
    const durationS = (frames * (isFirst ? 1152 : 576)) / rateHz;
    const holds = Math.max(announced, present);
    // No frame has less than 32 kbit/s, or 8 in the later versions for low rates.
    const isPossible = (durationS * (isFirst ? 32_000 : 8000)) / 8 <= holds * 1.1;
    // ffmpeg counts the first frame to the bytes or not, as encoders do.
    return {
      extent: announced > 0 && isPossible ? share(announced, present, frames > 0 ? durationS : null) : null,
      ...(frames > 0 && !isPossible ? { durationS: null } : {}),
    };
  }
  return NOTHING;
}
