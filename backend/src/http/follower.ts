/** What may wait for one client, in bytes: whoever reads so slowly is let go, and asks again. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** One client of a stream of events. What is sent to it is encoded once for everybody. */
export class Follower {
  readonly body: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;

  /**
   * @param onClose called once, whoever ended it
   * @param cut ends the connection of a client that does not read
   */
  constructor(
    private readonly onClose: () => void,
    private readonly cut: () => void,
  ) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => this.#end(),
      },
      { highWaterMark: MAX_WAITING_BYTES, size: (bytes) => bytes.byteLength },
    );
  }

  send(bytes: Uint8Array): void {
    if (!this.#isOpen || bytes.byteLength === 0) return;
    this.#controller.enqueue(bytes);
    if ((this.#controller.desiredSize ?? 0) >= 0) return;
    this.cut();
    this.close();
  }

  /** Ends the stream after what was sent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#end();
    this.#controller.close();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onClose();
  }
}
