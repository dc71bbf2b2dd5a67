import weaviate, { ApiKey, type Collection, type ConsistencyLevel, type WeaviateClient } from 'weaviate-client';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

/** One node of Weaviate, or what stands in front of several. */
export interface WeaviateNode {
  http: URL;
  grpc: URL;
}

export interface WeaviateOptions {
  /** Asked in turn: when one does not answer, the next one is. */
  nodes: readonly WeaviateNode[];
  key: string | null;
  consistency: ConsistencyLevel;
}

/**
 * What our collections hold: windows of sounds with vectors, one object without a vector for each sound, one that says how far it
 * goes. A type, since the client wants names that it does not know, too.
 */
export type Properties = {
  /** Of a window: its sound. */
  soundKey?: number;
  startS?: number;
  endS?: number;
  /** Of a window: a number that its sound is drawn by, 0 to 2 ** 20 - 1. */
  lot?: number;
  /** Of the object that stands for a sound. */
  sound?: number;
  /** Of the object that says how far the collection goes. */
  seq?: number;
};
export type Segments = Collection<Properties, string>;

const LEAST_VERSION = [1, 30] as const;
/** Seconds, as the client takes them. */
const TIMEOUT = { init: 3, query: 20, insert: 60 };
/** Whoever has not answered for so long is asked whether it is there. */
const PROBE_MS = 700;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** A collection that is not there, or no longer. */
export class LostCollection extends Error {
  override readonly name = 'LostCollection';
}

/** The node does not answer: another one may. */
class NodeAway extends Error {
  override readonly name = 'NodeAway';
}

/** Nodes of one Weaviate: work goes to the one that answered last, and to another one when that is gone. */
export class WeaviateConnection {
  private readonly clients = new Map<WeaviateNode, Promise<WeaviateClient>>();
  private preferred = 0;
  private closed = false;

  constructor(private readonly options: WeaviateOptions) {}

  /**
   * @param work may be done twice: a node may have done it and be gone before it says so
   * @throws LostCollection; DomainError `conflict` when Weaviate is too old, or the key is not good, saying what to do;
   * `not_ready` (transient) when no node answers
   */
  async with<T>(work: (client: WeaviateClient) => Promise<T>): Promise<T> {
    const { nodes } = this.options;
    let last: unknown;
    for (let tries = 0; tries < nodes.length; tries++) {
      if (this.closed) throw new DomainError('cancelled', 'The program is shutting down.');
      const at = (this.preferred + tries) % nodes.length;
      try {
        const answer = await this.ask(nodes[at]!, work);
        this.preferred = at;
        return answer;
      } catch (error) {
        if (error instanceof DomainError || error instanceof LostCollection) throw error;
        throwIfMeant(error);
        last = error;
      }
    }
    throw new DomainError('not_ready', because('vectors_away'), { transient: true, cause: last });
  }

  /** A collection, with the consistency that is set. */
  in<T>(name: string, work: (collection: Segments) => Promise<T>): Promise<T> {
    return this.with((client) =>
      work(client.collections.use<string, Properties>(name).withConsistency(this.options.consistency)),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([...this.clients.keys()].map((node) => this.drop(node)));
  }

  /** The client itself waits long for what is gone. */
  private async ask<T>(node: WeaviateNode, work: (client: WeaviateClient) => Promise<T>): Promise<T> {
    const answer = this.clientOf(node).then(work);
    let timer: NodeJS.Timeout | undefined;
    const away = new Promise<never>((_, reject) => {
      const probe = (): void => {
        void isThere(node).then((there) => {
          if (!there) reject(new NodeAway(`${node.http.host} does not answer`));
          else if (timer) timer = setTimeout(probe, PROBE_MS);
        });
      };
      timer = setTimeout(probe, PROBE_MS);
    });
    try {
      return await Promise.race([answer, away]);
    } catch (error) {
      // A client keeps trying what a node did not answer; nobody waits for that any more.
      if (error instanceof NodeAway) void this.drop(node);
      throw error;
    } finally {
      clearTimeout(timer);
      timer = undefined;
      answer.catch(() => undefined);
    }
  }

  private clientOf(node: WeaviateNode): Promise<WeaviateClient> {
    let client = this.clients.get(node);
    if (!client) {
      client = this.connect(node);
      this.clients.set(node, client);
      // The next one tries anew.
      client.catch(() => this.clients.delete(node));
    }
    return client;
  }

  private async connect(node: WeaviateNode): Promise<WeaviateClient> {
    const { key } = this.options;
    if (!(await isThere(node))) throw new NodeAway(`${node.http.host} does not answer`);
    const [http, grpc] = [addressOf(node.http), addressOf(node.grpc)];
    const client = await weaviate.connectToCustom({
      httpHost: http.host,
      httpPort: http.port,
      httpSecure: http.secure,
      httpPath: node.http.pathname.replace(/\/+$/, ''),
      grpcHost: grpc.host,
      grpcPort: grpc.port,
      grpcSecure: grpc.secure,
      timeout: TIMEOUT,
      // What it would check is checked here, with answers for people.
      skipInitChecks: true,
      ...(key !== null && { authCredentials: new ApiKey(key) }),
    });
    const { version = '' } = await client.getMeta();
    if (isOld(version)) {
      throw unfit(`Weaviate there is ${version}, and ${LEAST_VERSION.join('.')} or later is needed. Update it`);
    }
    return client;
  }

  private async drop(node: WeaviateNode): Promise<void> {
    const client = this.clients.get(node);
    this.clients.delete(node);
    await client?.then((known) => known.close()).catch(() => undefined);
  }
}

const addressOf = ({ protocol, hostname, port }: URL) => ({
  host: hostname,
  port: port === '' ? PORTS[protocol]! : Number(port),
  secure: protocol === 'https:',
});

async function isThere({ http }: WeaviateNode): Promise<boolean> {
  const url = new URL(`${http.href.replace(/\/+$/, '')}/v1/.well-known/live`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(1500) }).catch(() => null);
  return answer?.ok ?? false;
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
}

const unfit = (why: string): DomainError =>
  new DomainError('conflict', `VECTORS=weaviate: ${why}; or set VECTORS=memory.`);

/** What another node would say, too. */
function throwIfMeant(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (/could not find class|class .*(?:not found|does not exist)|collection .*not found/i.test(message)) {
    throw new LostCollection(message);
  }
  if (/unauthenticated|unauthorized|anonymous access not enabled|\b401\b/i.test(message)) {
    throw unfit('Weaviate does not take the key. Set VECTOR_KEY to one that it knows');
  }
  if (/forbidden|permission denied|\b403\b/i.test(message)) {
    throw unfit(
      'the key in VECTOR_KEY may not do what is needed: make, read, write and delete collections Traum_*. Give it the rights',
    );
  }
}
