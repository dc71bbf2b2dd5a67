import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { PROBLEM_TYPE, problemBody, STATUS_OF, type ProblemFacts } from './problem.js';

export type Fetch = (request: Request, env?: HttpBindings) => Response | Promise<Response>;

/** Limits of connections; the defaults suit people, tests take shorter ones. */
export interface ServerLimits {
  /** Request line and headers together: the longest search that is allowed, in any script, fits. */
  maxHeaderBytes: number;
  headersMs: number;
  /** For so long a connection may be used again, as every answer says (`Keep-Alive`); Node closes it a second later. */
  keepAliveMs: number;
  /** Without a byte in either direction. */
  silenceMs: number;
  maxConnections: number;
  /** A body must bring so many bytes within each such time, or it is given up. */
  body: { bytes: number; withinMs: number };
}

const LIMITS: ServerLimits = {
  maxHeaderBytes: 64 * 1024,
  headersMs: 20_000,
  keepAliveMs: 15_000,
  silenceMs: 2 * 60_000,
  maxConnections: 2_000,
  // A kilobyte a second: slower than any line that a sound could be sent over.
  body: { bytes: 30 * 1024, withinMs: 30_000 },
};

/** An HTTP server whose connections cannot be held for nothing, and whose every refusal is a problem document. */
export function createHttpServer(fetch: Fetch, limits: ServerLimits = LIMITS): Server {
  const respond = getRequestListener((request, env) => fetch(request, env as HttpBindings), {
    errorHandler: () =>
      new Response(JSON.stringify(problemBody(BAD_REQUEST, randomUUID())), {
        status: STATUS_OF[BAD_REQUEST.code],
        headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' },
      }),
  });
  const watch = new BodyWatch(limits.body);
  /** How many have come on each connection. */
  const requests = new WeakMap<Socket, number>();
  /** The last of them. */
  const latest = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>();
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      // The adapter answers requests without a host, as a problem.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
      keepAliveTimeout: limits.keepAliveMs,
    },
    (request, response) => {
      requests.set(request.socket, (requests.get(request.socket) ?? 0) + 1);
      latest.set(request.socket, { request, response });
      // What stands for a request further on knows no such method.
      if (request.method === 'TRACE') return void request.socket.end(rawProblem(unknownMethod('TRACE')));
      watch.follow(request, response);
      void respond(request, response);
    },
  );
  // Large uploads over slow lines may take hours; one that stands still is ended by the watch.
  server.requestTimeout = 0;
  server.headersTimeout = limits.headersMs;
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.silenceMs);
  server.on('timeout', (socket: Socket) => {
    const { bytesRead } = socket;
    afterReading(() => {
      const { request, response } = latest.get(socket) ?? {};
      // Of many small files, or a large one that goes to a bucket, all has come long before it is looked at: the silence is ours.
      const ours = request?.complete === true && response?.headersSent === false;
      if (socket.bytesRead === bytesRead && !ours) socket.destroy();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return refuse(error, socket);
    const before = requests.get(socket);
    afterReading(() => {
      if (requests.get(socket) === before) refuse(error, socket);
    });
  });
  server.on('close', () => watch.stop());
  return server;
}

/**
 * Timers go before what has arrived: after this process was held up (by a busy machine, or in a container that was paused) a client seems to
 * have been silent whose request has long been here. So no connection is given up for its silence before that was read.
 */
const afterReading = (act: () => void): void => void setImmediate(act);

const BAD_REQUEST: ProblemFacts = {
  code: 'malformed_request',
  detail: 'This is not a proper HTTP request: its address, its Host or another header is malformed.',
};

/** What the parser could not take: there is no request yet that anything could answer. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  // Where an answer is under way already, another one would be taken for a part of it.
  const answered = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent ?? false;
  if (error.code === 'ECONNRESET' || !socket.writable || answered) {
    socket.destroy();
    return;
  }
  socket.end(rawProblem(factsOf(error)));
}

function factsOf({ code, rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): ProblemFacts {
  if (code === 'HPE_INVALID_METHOD') {
    const [, method] = /^([!-~]{1,40}) \S+ HTTP\//.exec(rawPacket?.subarray(0, 8192).toString('latin1') ?? '') ?? [];
    if (method !== undefined) return unknownMethod(method);
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    // Which of them it was, the parser does not tell.
    return { code: 'headers_too_large', detail: 'The address of this request, or its headers, are too long.' };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TOO_SLOW;
  return BAD_REQUEST;
}

const unknownMethod = (method: string): ProblemFacts => ({
  code: 'malformed_request',
  detail: `${method} is not a method that this server takes. They are written in capitals, such as GET or POST; /docs lists them.`,
});

const TOO_SLOW: ProblemFacts = {
  code: 'timeout',
  detail: 'The request came too slowly, or stood still on the way. Send it again.',
};

function rawProblem(facts: ProblemFacts): string {
  const body = JSON.stringify(problemBody(facts, randomUUID()));
  return [
    `HTTP/1.1 ${STATUS_OF[facts.code]} ${STATUS_CODES[STATUS_OF[facts.code]] ?? ''}`,
    'Connection: close',
    'Cache-Control: no-store',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** Ends requests whose body stands still, or trickles. One clock for all of them. */
class BodyWatch {
  readonly #limits: ServerLimits['body'];
  readonly #open = new Map<IncomingMessage, { response: ServerResponse; bytes: number; waitedMs: number }>();
  readonly #everyMs: number;
  #lookedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(limits: ServerLimits['body']) {
    this.#limits = limits;
    this.#everyMs = Math.min(5_000, limits.withinMs / 5);
    this.#timer = setInterval(() => this.#look(), this.#everyMs).unref();
  }

  follow(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
    this.#open.set(request, { response, bytes: request.socket.bytesRead, waitedMs: 0 });
    const done = (): void => void this.#open.delete(request);
    request.once('end', done).once('close', done);
    response.once('finish', done);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    // When this process was held up itself, what came meanwhile is not read yet.
    const passedMs = Math.min(now - this.#lookedAt, 1.5 * this.#everyMs);
    this.#lookedAt = now;
    for (const [request, state] of this.#open) {
      const { bytesRead } = request.socket;
      // What has come and was not taken yet is waited for by the client: the delay is ours.
      const ours = request.complete || request.readableLength > 0 || request.isPaused();
      if (ours || bytesRead - state.bytes >= this.#limits.bytes) {
        state.bytes = bytesRead;
        state.waitedMs = 0;
      } else if ((state.waitedMs += passedMs) >= this.#limits.withinMs) {
        this.#open.delete(request);
        this.#cut(request, state.response);
      }
    }
  }

  #cut(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!response.headersSent && socket.writable) socket.write(rawProblem(TOO_SLOW));
    // The parser is told too, so that whoever reads the body learns of its end.
    socket.destroySoon();
    request.destroy(new Error('The body stood still.'));
  }
}
