const MAX_S = 30;

export type RecorderFault = 'unsupported' | 'denied' | 'no-microphone' | 'empty';

/** Records from the microphone, at most half a minute. */
export class Recorder {
  recording = $state(false);
  seconds = $state(0);
  /** 0..1, how loud it is now. */
  level = $state(0);
  #recorder: MediaRecorder | null = null;
  #stream: MediaStream | null = null;
  #cancelled = false;

  /** Resolves with the recording once stopped, with null when cancelled. Rejects with a {@link RecorderFault}. */
  async record(): Promise<File | null> {
    if (!('MediaRecorder' in window) || !navigator.mediaDevices) throw fault('unsupported');
    const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: constraints }).catch((error: unknown) => {
      throw fault(error instanceof DOMException && error.name === 'NotFoundError' ? 'no-microphone' : 'denied');
    });
    this.#cancelled = false;
    const recorder = new MediaRecorder(this.#stream);
    this.#recorder = recorder;
    const chunks: Blob[] = [];
    recorder.addEventListener('dataavailable', (event) => chunks.push(event.data));
    const ended = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }));
    recorder.start(250);
    this.recording = true;
    const stopMeter = this.#meter(this.#stream);
    await ended;
    stopMeter();
    this.recording = false;
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#cancelled) return null;
    const blob = new Blob(chunks, { type: recorder.mimeType });
    if (blob.size === 0) throw fault('empty');
    const ending = recorder.mimeType.includes('mp4') ? 'm4a' : 'webm';
    return new File([blob], `recording.${ending}`, { type: blob.type });
  }

  stop(): void {
    if (this.#recorder?.state === 'recording') this.#recorder.stop();
  }

  cancel(): void {
    this.#cancelled = true;
    this.stop();
  }

  #meter(stream: MediaStream): () => void {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const startedAt = performance.now();
    let frame = 0;
    const tick = (): void => {
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.level = Math.max(peak, this.level * 0.9);
      this.seconds = (performance.now() - startedAt) / 1000;
      if (this.seconds >= MAX_S) this.stop();
      frame = requestAnimationFrame(tick);
    };
    tick();
    return () => {
      cancelAnimationFrame(frame);
      this.seconds = 0;
      this.level = 0;
      void context.close();
    };
  }
}

class RecorderError extends Error {
  constructor(readonly fault: RecorderFault) {
    super(fault);
  }
}

const fault = (kind: RecorderFault): RecorderError => new RecorderError(kind);
export const faultOf = (error: unknown): RecorderFault | null => (error instanceof RecorderError ? error.fault : null);
