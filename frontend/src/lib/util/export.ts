import type { Api } from '$lib/api/api';

export type ExportFormat = 'csv' | 'json' | 'm3u8' | 'zip';

/**
 * Has the browser save the sounds as a file. A form, since a ZIP of many sounds must go to the disk as it comes.
 * @param onfail called when the server answered with something else than a file
 */
export function exportSounds(api: Api, soundIds: readonly string[], format: ExportFormat, onfail: () => void): void {
  const frame = document.querySelector<HTMLIFrameElement>('#export') ?? document.createElement('iframe');
  const form = document.createElement('form');
  const field = document.createElement('input');
  Object.assign(frame, { hidden: true, id: 'export', name: 'export' });
  Object.assign(form, { method: 'post', action: api.exportUrl(), target: 'export', hidden: true });
  Object.assign(field, { name: 'request', value: JSON.stringify({ format, soundIds }) });
  form.append(field);
  document.body.append(form);
  if (!frame.isConnected) document.body.append(frame);
  // A file leaves the frame as it was: what loads in it is a page that tells of a failure.
  frame.onload = () => {
    if (!isBlank(frame)) onfail();
  };
  form.submit();
  form.remove();
}

function isBlank(frame: HTMLIFrameElement): boolean {
  try {
    return frame.contentWindow?.location.href === 'about:blank';
  } catch {
    // Answers may not be shown in frames: the browser's own page stands in their place, which we may not look into.
    return false;
  }
}
