/** Whether a single-letter shortcut would take a key away from what has the focus. */
export function isTyping(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey || inField(event);
}

/** Whether the key belongs to a field, or a dialog is open above everything. */
export function inField(event: KeyboardEvent): boolean {
  if (event.isComposing) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || document.querySelector('dialog[open]')) return true;
  return target.matches('input:not([type="radio"]):not([type="checkbox"]):not([type="range"]), textarea, select');
}

/** Whether the focus is on a row of a list of sounds, whose keys are about that sound (`ListKeys`). */
export const onRow = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.closest('[data-sound], [data-result]') !== null;

/** Whether the focused thing itself does something with the arrow keys. */
export const takesArrows = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement &&
  event.target.closest('input:not([type="checkbox"]), select, textarea, [role="slider"]') !== null;

/** Whether the focused thing itself does something with Space; a link does not. */
export const isControl = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement &&
  event.target.closest('button, input, select, textarea, summary, [role="slider"]') !== null;
