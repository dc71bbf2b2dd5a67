/** Reads a remembered preference; storage may be forbidden or full, and then nothing is remembered. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`traum.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`traum.${name}`, value);
  } catch {
    // The choice then lasts until the page is closed.
  }
}
