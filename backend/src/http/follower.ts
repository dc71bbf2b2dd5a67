import type { ServerResponse } from 'node:http';
import type { Viewer } from '../domain/accounts/viewer.js';

/** What may wait for one client, in bytes: whoever reads so slowly is let go, and asks again. */
const MAX_WAITING_BYTES = 1024 * 1024;

export interface Connection {
  viewer: Viewer;
  /** Whether whoever asked may not any more: signed out, revoked, turned off. */
  isOver?: (() => Promise<boolean>) | undefined;
  /** Where the answer goes, when it goes to a socket. */
  outgoing: Pick<ServerResponse, 'write' | 'destroy' | 'destroyed' | 'headersSent' | 'writableLength'> | null;
}

/**
 * One client of a stream of events. What is sent to it is encoded once for everybody. The head of the answer and what comes
 * first go the way of every answer, through a web stream; the rest is written to the socket itself, for a fraction of the work.
 */
export class Follower {
  readonly body: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;
  /** What went through the web stream may still be on its way in it. */
  #isUnderWay = false;

  /** @param onClose called once, whoever ended it */
  constructor(
    private readonly onClose: () => void,
    private readonly connection: Connection,
  ) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => this.#end(),
      },
      { highWaterMark: MAX_WAITING_BYTES, size: (bytes) => bytes.byteLength },
    );
  }

  get viewer(): Viewer {
    return this.connection.viewer;
  }

  async isOver(): Promise<boolean> {
    return (await this.connection.isOver?.()) ?? false;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isOpen || bytes.byteLength === 0) return;
    const { outgoing } = this.connection;
    const isEmpty = this.#controller.desiredSize === MAX_WAITING_BYTES;
    if (outgoing?.headersSent && isEmpty && !this.#isUnderWay) {
      if (outgoing.destroyed) return;
      outgoing.write(bytes);
      if (outgoing.writableLength > MAX_WAITING_BYTES) this.#letGo();
      return;
    }
    this.#controller.enqueue(bytes);
    this.#isUnderWay = true;
    setImmediate(() => (this.#isUnderWay = false));
    if ((this.#controller.desiredSize ?? 0) < 0) this.#letGo();
  }

  /** Ends the stream after what was sent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#end();
    this.#controller.close();
  }

  /** A client that does not read holds the connection, not its stream. */
  #letGo(): void {
    this.connection.outgoing?.destroy();
    this.close();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onClose();
  }
}
