/** The formats of a text that names some: `WAV, .flac` → `wav`, `flac`. */
export const formatsOf = (text: string): string[] => [
  ...new Set(
    text
      .toLowerCase()
      .split(',')
      .map((format) => format.trim().replace(/^\./, ''))
      .filter(Boolean),
  ),
];
