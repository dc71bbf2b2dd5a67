/** Where processes add up what each of them has counted. */
export interface SharedCounts {
  /**
   * Adds to the counts of a minute.
   * @returns what they come to, of all processes together, by the same names
   */
  add(minute: number, counts: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>;
}
