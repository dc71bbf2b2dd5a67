import type { ClapLogger, Provider } from './embedder.types.js';

/** Which execution provider an embedder's threads ended up with. Each change is logged once, not once per thread. */
export class ProviderStatus {
  private logged: string | null = null;

  constructor(
    private readonly options: { tower: 'audio' | 'text'; modelKey: string; wanted: Provider; logger: ClapLogger },
    private current: string,
  ) {}

  get name(): string {
    return this.current;
  }

  ready(provider: string, fallbackReason: string | null): void {
    this.current = provider;
    if (this.logged === provider) return;
    this.logged = provider;
    const { logger, ...details } = this.options;
    if (fallbackReason === null) logger.info({ ...details, provider }, 'Model loaded');
    else {
      logger.warn(
        { ...details, provider, reason: fallbackReason },
        'The execution provider cannot be used; embedding runs on the CPU instead',
      );
    }
  }
}
