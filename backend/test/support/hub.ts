import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Misbehaviour = (request: IncomingMessage, response: ServerResponse, file: Buffer) => boolean | void;

/** A hub on this machine that serves files with ranges and tags, and misbehaves where a test tells it to. */
export class TestHub {
  readonly requests: { url: string; range: string | undefined; authorization: string | undefined }[] = [];
  /** Asked for every request to a known file; true: it has answered. */
  misbehave: Misbehaviour = () => false;
  url = '';
  private server: Server | undefined;

  constructor(readonly files: Map<string, Buffer>) {}

  async start(): Promise<this> {
    const server = createServer((request, response) => this.answer(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const { range, authorization } = request.headers;
    this.requests.push({ url, range, authorization });
    const file = this.files.get(url.replace(/^.*\/resolve\/main\//, ''));
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Entry not found');
      return;
    }
    if (this.misbehave(request, response, file)) return;
    serve(request, response, file);
  }
}

const tagOf = (file: Buffer): string => `"${sha256(file)}"`;
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function serve(request: IncomingMessage, response: ServerResponse, file: Buffer): void {
  const etag = tagOf(file);
  const condition = request.headers['if-range'];
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const common = { etag, 'content-type': 'application/octet-stream' };
  if (start === undefined || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { ...common, 'content-length': file.length }).end(file);
    return;
  }
  const offset = Number(start);
  if (offset >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const part = file.subarray(offset);
  const range = `bytes ${offset}-${file.length - 1}/${file.length}`;
  response.writeHead(206, { ...common, 'content-length': part.length, 'content-range': range }).end(part);
}

/** Sends the first half of what was asked for and breaks the connection. */
export function breakOff(request: IncomingMessage, response: ServerResponse, file: Buffer): void {
  const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = file.subarray(offset);
  const headers = { etag: tagOf(file), 'content-length': part.length };
  if (offset === 0) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${offset}-${file.length - 1}/${file.length}` });
  response.write(part.subarray(0, Math.ceil(part.length / 2)), () => setTimeout(() => response.destroy(), 20));
}
