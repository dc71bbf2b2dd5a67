import { type Reason, type Stated, told } from '../domain/reasons.js';

/** What is known of why something went wrong: a sentence, and the same for programs. */
export function toError(stated: Stated | null): { error: string | null; reasons: Reason[] } {
  if (stated === null) return { error: null, reasons: [] };
  const { text, reasons } = told(stated);
  return { error: text, reasons };
}
