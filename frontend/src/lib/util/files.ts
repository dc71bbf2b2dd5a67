/** A file with its path inside the dropped folder, for showing. */
export interface PickedFile {
  file: File;
  path: string;
  /** It gets these once it is in the library. */
  tags?: readonly string[];
}

/** What a drop or a folder brought: files worth sending, and how many were left out as no audio. */
export interface Picked {
  files: PickedFile[];
  leftOut: number;
}

const NOT_AUDIO =
  /\.(txt|md|nfo|pdf|jpe?g|png|gif|webp|svg|html?|json|xml|csv|cue|log|m3u8?|pls|zip|rar|7z|exe|dll|asd|ini|db)$/i;
const isHidden = (name: string): boolean => name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
const isAudioLike = (file: File): boolean =>
  !isHidden(file.name) &&
  !NOT_AUDIO.test(file.name) &&
  !file.type.startsWith('image/') &&
  !file.type.startsWith('text/');

/**
 * The files of a drop, folders walked through. Files dropped by themselves are all taken, so that the server says what
 * is wrong with them; from folders, what is plainly no audio is left out.
 */
export async function filesOfDrop(
  transfer: DataTransfer,
  onFound: (files: number) => void = () => undefined,
): Promise<Picked> {
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null));
  const picked: Picked = { files: [], leftOut: 0 };
  if (entries.every((entry) => entry === null)) {
    picked.files.push(...[...transfer.files].map((file) => ({ file, path: file.name })));
    return picked;
  }
  for (const entry of entries) if (entry) await collect(entry, picked, false, onFound);
  return picked;
}

/** The files of an `<input type="file">`; of a whole folder when it has `webkitdirectory`. */
export function filesOfInput(input: HTMLInputElement): Picked {
  const files = [...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  if (!input.webkitdirectory) return { files, leftOut: 0 };
  const audio = files.filter(({ file }) => isAudioLike(file));
  return { files: audio, leftOut: files.length - audio.length };
}

async function collect(
  entry: FileSystemEntry,
  picked: Picked,
  inFolder: boolean,
  onFound: (files: number) => void,
): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    if (inFolder && !isAudioLike(file)) picked.leftOut += 1;
    else picked.files.push({ file, path: entry.fullPath.replace(/^\//, '') });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (;;) {
      // A folder answers in batches of at most a hundred entries, and with an empty one at its end.
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (batch.length === 0) return;
      for (const child of batch) await collect(child, picked, true, onFound);
      onFound(picked.files.length);
    }
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

export const hasFiles = (event: DragEvent): boolean => [...(event.dataTransfer?.types ?? [])].includes('Files');
