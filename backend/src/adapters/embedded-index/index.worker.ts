import { parentPort, workerData } from 'node:worker_threads';
import { IndexEngine, type ChangeBlock } from './index.engine.js';
import {
  STOP,
  type CallName,
  type Calls,
  type ThreadCounts,
  type ThreadReply,
  type ThreadRequest,
  type ThreadSetup,
} from './protocol.js';
import { packAnswer, type PackedAnswer } from './pack.js';
import { loadSnapshot, saveSnapshot } from './snapshot.js';

/** How long building the graph may keep a search waiting. */
const MAINTENANCE_MS = 10;

const port = parentPort!;
const setup = workerData as ThreadSetup;
const options = setup.engine;

/** Answers searches. */
let engine = new IndexEngine(options);
/** Takes the changes while the index is made anew. */
let next: IndexEngine | null = null;
/** Changes and snapshots one after the other; searches are answered in between. */
let order: Promise<unknown> = Promise.resolve();
/** Done when the snapshot, if there is one, can be searched. */
let loaded: Promise<unknown> = Promise.resolve();
let maintaining = false;
/** What the snapshot holds: as of which change, and how many points of the graph. */
let saved: { lastSeq: number; graph: number } | null = null;
let saving = false;

const handlers: {
  [Name in CallName]: (request: Calls[Name]['request']) => Calls[Name]['reply'] | Promise<Calls[Name]['reply']>;
} = {
  load: async () => {
    const snapshot = await loadSnapshot(setup.folder, setup.modelKey, options);
    if (!snapshot) return null;
    replaceEngine(snapshot.engine);
    saved = { lastSeq: snapshot.lastSeq, graph: graphSize() };
    return snapshot.lastSeq;
  },
  agrees: (block) => agrees(engine, block),
  restart: () => {
    next?.close();
    next = new IndexEngine(options);
    return null;
  },
  swap: () => {
    if (next) replaceEngine(next);
    next = null;
    saved = null;
    return null;
  },
  apply: (block) => {
    (next ?? engine).apply(block);
    return null;
  },
  search: (query) => packAnswer(engine.search(query)),
  sample: (vector) => engine.sampleScores(vector),
  save: async ({ lastSeq }) => {
    const graph = graphSize();
    if (saved?.lastSeq === lastSeq && saved.graph === graph) return null;
    saving = true;
    try {
      await saveSnapshot(setup.folder, setup.modelKey, lastSeq, engine);
      saved = { lastSeq, graph };
    } finally {
      saving = false;
    }
    return null;
  },
};

function replaceEngine(other: IndexEngine): void {
  engine.close();
  engine = other;
}

const agrees = (known: IndexEngine, block: ChangeBlock): boolean =>
  block.segmentIds.every((_, at) => known.holds(block, at)) && block.removed.every((id) => !known.store.has(id));

const graphSize = (): number => engine.finishedGraph()?.graph.size ?? 0;

const counts = (): ThreadCounts => ({
  segments: engine.store.segments,
  sounds: engine.store.sounds,
  memoryBytes: engine.memoryBytes + (next?.memoryBytes ?? 0),
});

async function answer<Name extends CallName>({ id, name, request }: ThreadRequest<Name>): Promise<void> {
  let reply: ThreadReply;
  try {
    reply = { id, ok: true, reply: await handlers[name](request), counts: counts() };
  } catch (error) {
    reply = { id, ok: false, message: error instanceof Error ? error.message : String(error), counts: counts() };
  }
  const found = reply.ok && name === 'search' ? [(reply.reply as PackedAnswer).hits.buffer] : [];
  port.postMessage(reply, found);
  scheduleMaintenance();
}

/** Builds the graph in small portions between messages; not while a snapshot reads it. */
function scheduleMaintenance(): void {
  if (maintaining) return;
  maintaining = true;
  setImmediate(() => {
    maintaining = false;
    if (!saving && engine.maintain(MAINTENANCE_MS)) scheduleMaintenance();
  });
}

port.on('message', (message: ThreadRequest | typeof STOP) => {
  if (message === STOP) {
    // A snapshot that is being written is finished first.
    void (saving ? order : Promise.resolve()).then(() => process.exit());
    return;
  }
  if (message.name === 'search' || message.name === 'sample') {
    void loaded.then(() => answer(message));
    return;
  }
  order = order.then(() => answer(message));
  if (message.name === 'load') loaded = order;
});
