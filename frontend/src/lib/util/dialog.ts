const FIELD = 'input:not([type="hidden"]), textarea, select';
const FOCUSABLE = `a[href], button, summary, ${FIELD}, [tabindex]:not([tabindex="-1"])`;

const visible = (element: HTMLElement): boolean =>
  !element.matches(':disabled') && element.checkVisibility({ visibilityProperty: true });

/** What Tab reaches within an element, in order. */
export const focusables = (within: HTMLElement): HTMLElement[] =>
  [...within.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(visible);

/** Where somebody begins in a dialog's content: its first field, else its first control, else its dialog. */
export const firstFocus = (content: HTMLElement): HTMLElement | null =>
  [...content.querySelectorAll<HTMLElement>(FIELD)].find(visible) ??
  focusables(content)[0] ??
  content.closest('dialog');

/** Whether the pointer is beside the box of an element, as on a dialog's backdrop. */
export function isOutside(element: HTMLElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
