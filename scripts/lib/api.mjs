import fs from 'node:fs';
import { Stop } from './report.mjs';

/** The REST calls that benches and screenshots need. */
export class Api {
  /** @param {string} url of the server, without `/api/v1` */
  constructor(url) {
    this.base = `${url.replace(/\/$/, '')}/api/v1`;
  }

  /**
   * @param {{ name: string, path: string }[]} files
   * @returns {Promise<{ filename: string, status: string, soundId?: any, jobId?: any, error?: string }[]>}
   */
  async upload(files) {
    const form = new FormData();
    for (const { name, path } of files) form.append('files', new Blob([fs.readFileSync(path)]), name);
    const { uploads } = await this.#json('/audio/upload', { method: 'POST', body: form });
    return uploads;
  }

  /**
   * Waits until a job has ended.
   * @param {string} jobId
   * @param {number} pollMs
   * @throws Stop when the job failed
   */
  async finished(jobId, pollMs = 200) {
    for (;;) {
      const job = await this.#json(`/audio/status/${jobId}`);
      if (job.state === 'completed') return job;
      if (job.state === 'failed') throw new Stop(`Processing failed: ${job.error}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /**
   * @param {string} query
   * @param {{ mode?: string, limit?: number }} [options]
   */
  search(query, { mode = 'hybrid', limit = 10 } = {}) {
    return this.#json(`/search?${new URLSearchParams({ q: query, mode, limit: String(limit) })}`);
  }

  /** Where in a sound a text of the search box can be heard, best first. */
  async moments(id, query) {
    return (await this.#json(`/audio/files/${id}/moments?${new URLSearchParams({ q: query })}`)).items;
  }

  /** What the search box offers for a text, with the cursor at its end. */
  suggestions(text) {
    return this.#json(`/search/suggestions?${new URLSearchParams({ q: text })}`);
  }

  /**
   * Sends a sound to search with.
   * @param {string} path
   * @returns {Promise<string>} its id, for `clip:ID`
   */
  async sendClip(path) {
    const form = new FormData();
    form.append('audio', new Blob([fs.readFileSync(path)]), 'clip');
    const { clips } = await this.#json('/search/clips', { method: 'POST', body: form });
    return clips[0].clipId;
  }

  /** How far a job is. */
  job(jobId) {
    return this.#json(`/audio/status/${jobId}`);
  }

  /** @param {string} id */
  sound(id) {
    return this.#json(`/audio/files/${id}`);
  }

  /** Waits until every sound has its automatic tags. */
  async tagged(pollMs = 200) {
    for (;;) {
      const { progress } = await this.#json('/tags/vocabulary');
      if (progress.waiting === 0) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Waits until the search index has so many segments. */
  async indexed(segments, pollMs = 50) {
    for (;;) {
      const { index } = await this.stats();
      if (index.state === 'ready' && index.segments >= segments) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  stats() {
    return this.#json('/analytics/stats');
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   * @returns {Promise<any>}
   */
  async #json(path, init) {
    const response = await fetch(this.base + path, init);
    /** @type {any} */
    const body = await response.json();
    if (!response.ok) throw new Stop(`${init?.method ?? 'GET'} ${path}: ${response.status} ${body.detail ?? ''}`);
    return body;
  }
}
