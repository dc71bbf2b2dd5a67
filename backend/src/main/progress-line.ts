/** Not drawn on a terminal: one line for each of these steps. */
const STEP = 0.1;
const BAR = 24;

interface Progress {
  stage: 'downloading' | 'verifying';
  receivedBytes: number;
  totalBytes: number;
  bytesPerS: number;
  etaS: number | null;
}

/** Progress of a download: a line that redraws itself on a terminal, plain lines elsewhere. */
export class ProgressLine {
  private drawn = false;
  private nextStep = 0;

  constructor(private readonly out: NodeJS.WriteStream) {}

  show(progress: Progress): void {
    const share = progress.totalBytes > 0 ? Math.min(1, progress.receivedBytes / progress.totalBytes) : 0;
    if (this.out.isTTY) {
      const filled = Math.round(share * BAR);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
      const line = `${bar} ${words(progress, share)}`;
      this.out.write(`\r${line.slice(0, (this.out.columns || 80) - 1)}\u001b[K`);
      this.drawn = true;
    } else if (share >= this.nextStep || progress.stage === 'verifying') {
      this.out.write(`${words(progress, share)}\n`);
      this.nextStep = Math.floor(share / STEP) * STEP + STEP;
    }
  }

  end(): void {
    if (this.drawn) this.out.write('\n');
    this.drawn = false;
  }
}

function words({ stage, receivedBytes, totalBytes, bytesPerS, etaS }: Progress, share: number): string {
  const amount = `${inMegabytes(receivedBytes)} of ${inMegabytes(totalBytes)} MB`;
  if (stage === 'verifying') return `100 %  ${amount}, verified`;
  const speed = bytesPerS > 0 ? `, ${inMegabytes(bytesPerS)} MB/s` : '';
  const left = etaS === null ? '' : `, ${inTime(etaS)} left`;
  return `${Math.floor(share * 100)} %  ${amount}${speed}${left}`;
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

const inTime = (seconds: number): string =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
