/** Dropped and recorded clips of this tab, by name. They are never part of an address, so a reload forgets them. */
export class Clips {
  readonly #files = new Map<string, File>();

  /** Keeps the clip and answers the name it is known by; a second clip of the same name gets a number. */
  add(file: File): string {
    let name = file.name || 'clip';
    for (let n = 2; this.#files.has(name) && this.#files.get(name) !== file; n += 1) name = `${file.name} (${n})`;
    this.#files.set(name, file);
    return name;
  }

  get(name: string): File | null {
    return this.#files.get(name) ?? null;
  }
}
