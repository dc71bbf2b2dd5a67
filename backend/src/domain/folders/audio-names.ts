const AUDIO =
  /\.(?:wav|wave|bwf|w64|rf64|flac|mp3|mp2|ogg|oga|opus|m4a|m4b|aac|aif|aiff|aifc|wma|asf|caf|au|snd|wv|ac3|eac3|mp4|m4v|mov|webm|mka|mkv)$/i;

/** Folders that systems and programs keep for themselves. */
const NOT_FOR_PEOPLE = new Set([
  '@eaDir',
  '#recycle',
  '$RECYCLE.BIN',
  '__MACOSX',
  'lost+found',
  'System Volume Information',
]);

/** Whether a file of a folder is worth opening, by its name. Sample folders are full of files that are no sounds. */
export const isAudioName = (name: string): boolean => AUDIO.test(name);

export const isHidden = (name: string): boolean => name.startsWith('.') || NOT_FOR_PEOPLE.has(name);
