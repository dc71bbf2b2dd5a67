import type { components } from '$lib/api/schema';
import type { Shared } from '$lib/api/types';

type Problem = components['schemas']['Problem'];

/** Somebody without an account who follows a link. */
export class Guest {
  shared = $state.raw<Shared | null>(null);
  /** What stands in the way; null when nothing does. */
  problem = $state.raw<Pick<Problem, 'detail' | 'reasons'> | null>(null);
  needsPassword = $state(false);
  busy = $state(false);

  async open(token: string, password: string | null = null): Promise<void> {
    // A link that was cut off leads nowhere.
    if (token === '') {
      this.problem = {
        detail: 'There is nothing at this link (any more).',
        reasons: [{ id: 'link_gone', params: {} }],
      };
      return;
    }
    this.busy = true;
    try {
      const answer = await fetch('/api/v1/shared', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, password }),
      });
      if (answer.ok) {
        this.shared = (await answer.json()) as Shared;
        this.problem = null;
      } else {
        this.problem = (await answer.json()) as Problem;
        if (answer.status === 401) this.needsPassword = true;
        // Asking for it is no fault.
        if (answer.status === 401 && password === null) this.problem = null;
      }
    } catch {
      this.problem = { detail: '' };
    } finally {
      this.busy = false;
    }
  }

  /** @param what of it */
  url(soundId: string, as: 'stream' | 'download' | 'cover'): string {
    return `/api/v1/shared/${this.shared?.id}/sounds/${encodeURIComponent(soundId)}/${as}`;
  }
}
