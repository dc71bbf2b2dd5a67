import type { Api } from '$lib/api/api';

/** What dragging needs of a sound. */
interface Dragged {
  id: string;
  filename: string;
}

const TYPES: Record<string, string> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  aac: 'audio/aac',
  aif: 'audio/aiff',
  aiff: 'audio/aiff',
  zip: 'application/zip',
};

/** So many ids an address holds. */
const MOST_IN_ZIP = 200;

const typeOf = (filename: string): string =>
  TYPES[/\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream';

/**
 * Lets files be dragged out to the desktop or into another program: Chromium fetches one file, which of several sounds is a
 * ZIP, other programs take the addresses.
 * @param label what the pointer carries along
 */
export function dragOut(event: DragEvent, sounds: readonly Dragged[], api: Api, label: string): void {
  const [first] = sounds;
  if (!first) return;
  const urls = sounds.map(({ id }) => new URL(api.downloadUrl(id), location.href).href);
  if (sounds.length === 1) return carry(event, urls, first.filename, label);
  // Some of them only would pass for all.
  if (sounds.length > MOST_IN_ZIP) return event.preventDefault();
  const name = `${label}.zip`;
  const zip = api.zipUrl(sounds.map(({ id }) => id));
  carry(event, urls, name, name, new URL(zip, location.href).href);
}

/** Lets a part of a sound be dragged out as WAV. */
export function dragRegion(event: DragEvent, sound: Dragged, region: { startS: number; endS: number }, api: Api): void {
  const base = sound.filename.replace(/\.[a-z0-9]{1,8}$/i, '');
  const name = `${base} ${thousandths(region.startS)}-${thousandths(region.endS)} s.wav`;
  carry(event, [new URL(api.regionUrl(sound.id, region), location.href).href], name, name);
}

/** As the address has it, and with it the name of the file that is downloaded. */
const thousandths = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** @param file where what Chromium fetches is, if not the first */
function carry(event: DragEvent, urls: readonly string[], filename: string, label: string, file = urls[0]): void {
  const transfer = event.dataTransfer;
  if (!transfer) return;
  // A colon would end the name.
  const name = filename.replace(/[:\p{Cc}]/gu, '_');
  transfer.effectAllowed = 'copy';
  transfer.setData('DownloadURL', `${typeOf(name)}:${name}:${file}`);
  transfer.setData('text/uri-list', urls.join('\r\n'));
  transfer.setData('text/plain', urls.join('\n'));
  const image = document.createElement('div');
  image.className = 'drag-image';
  image.textContent = label;
  document.body.append(image);
  transfer.setDragImage(image, -12, -8);
  // The browser takes its picture of the element once this event is over.
  setTimeout(() => image.remove());
}
