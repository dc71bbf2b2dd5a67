/**
 * Content-Disposition with the file name in any language (RFC 6266, RFC 8187), and an ASCII one for old programs. What is called
 * `../x` is no way to elsewhere: not all programs take the last part alone.
 */
export function contentDisposition(kind: 'inline' | 'attachment', called: string): string {
  const filename = called.replace(/[/\\]/g, '_');
  const ascii = filename.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(Buffer.from(filename).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
