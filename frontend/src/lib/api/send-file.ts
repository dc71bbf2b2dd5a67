import { ApiError, UnreachableError, parseJson, problemFrom } from './problem';
import type { UploadOutcome } from './types';

const hasUploads = (body: unknown): body is { uploads: UploadOutcome[] } =>
  typeof body === 'object' && body !== null && 'uploads' in body && Array.isArray(body.uploads);

/**
 * Sends one file, reporting the bytes sent (fetch cannot). A rejected file is an answer, not an error.
 * @throws ApiError, UnreachableError, or an AbortError when stopped
 */
export function sendFile(
  url: string,
  file: File,
  options: { path: string; signal: AbortSignal; onProgress: (bytes: number) => void; traceparent?: string },
): Promise<UploadOutcome> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    if (options.traceparent !== undefined) request.setRequestHeader('traceparent', options.traceparent);
    request.upload.addEventListener('progress', (event) => options.onProgress(Math.min(event.loaded, file.size)));
    request.addEventListener('load', () => {
      const body = parseJson(request.responseText);
      const outcome = hasUploads(body) ? body.uploads[0] : undefined;
      if (outcome) resolve(outcome);
      else
        reject(
          request.status < 300 ? new ApiError(request.status, 'internal', '', null) : problemFrom(request.status, body),
        );
    });
    request.addEventListener('error', () => reject(new UnreachableError()));
    request.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
    options.signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    // With the folders above it, where it was dropped with some.
    form.append('files', file, options.path);
    request.send(form);
  });
}
