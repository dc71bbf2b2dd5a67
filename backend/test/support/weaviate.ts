import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_WEAVIATE, weaviateProgram } from '../../../scripts/engines/programs.mjs';
import { startWeaviate } from '../../../scripts/engines/weaviate.mjs';
import type { WeaviateNode } from '../../src/adapters/weaviate/index.js';
import { skipped } from './engines.js';

export const WEAVIATE_KEY = 'a-key-of-tests';

/** Why tests that need Weaviate are skipped; null when they run. It is built, not fetched: CI may do without it. */
export const withoutWeaviate = (): string | null =>
  skipped(weaviateProgram() === null ? NO_WEAVIATE : null, { inCI: true });

/** A Weaviate of a test's own: one node, or several that make one. */
export class TestWeaviate {
  private constructor(
    private readonly folder: string,
    private readonly cluster: Awaited<ReturnType<typeof startWeaviate>>,
  ) {}

  static async start(nodes = 1, key: string | null = null): Promise<TestWeaviate> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-weaviate-'));
    return new TestWeaviate(folder, await startWeaviate(folder, { nodes, key, env: { GOMAXPROCS: '2' } }));
  }

  get nodes(): WeaviateNode[] {
    return this.cluster.addresses;
  }

  /** The settings of a program that has its vectors here. */
  get settings(): NodeJS.ProcessEnv {
    return this.cluster.env;
  }

  /** Starts a node again, with what it had. */
  async resume(at = 0): Promise<void> {
    await this.cluster.nodes[at]!.start();
  }

  /** Ends a node at once, as when it crashes; with `lost` its disk is gone, too. */
  async kill(at = 0, lost = false): Promise<void> {
    await this.cluster.nodes[at]!.kill();
    if (lost) rmSync(this.cluster.home(at), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
