import { FLACDecoderWebWorker } from '@wasm-audio-decoders/flac';

/** A minute of sound takes a quarter of a second. */
const PATIENCE_MS = 20_000;

/** A whole FLAC in memory, decoded. */
export interface DecodedFlac {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: unknown[];
}

/** Decodes FLAC with libFLAC as WebAssembly, in a thread that is started when first needed; one file after the other. */
export class FlacThread {
  private decoder: FLACDecoderWebWorker | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** Null when it cannot be decoded, or not in time. */
  decode(file: Uint8Array): Promise<DecodedFlac | null> {
    const decoded = this.last.then(() => this.decodeNow(file));
    this.last = decoded;
    return decoded;
  }

  close(): void {
    // Its own way of ending waits for an answer, which a thread that hangs never gives.
    (this.decoder as { terminate(): void } | null)?.terminate();
    this.decoder = null;
  }

  private async decodeNow(file: Uint8Array): Promise<DecodedFlac | null> {
    const decoder = (this.decoder ??= new FLACDecoderWebWorker());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), PATIENCE_MS);
    });
    const decoding = decoder.ready.then(() => decoder.decodeFile(file));
    const decoded = await Promise.race([decoding, late]).catch(() => null);
    clearTimeout(timer);
    if (decoded === null) this.close();
    return decoded;
  }
}
