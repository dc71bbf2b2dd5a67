import { recall, remember } from './storage';

export type ThemeChoice = 'dark' | 'light' | 'system';

const isChoice = (value: string | null): value is ThemeChoice =>
  value === 'dark' || value === 'light' || value === 'system';

/** Dark unless the person chose otherwise. `static/theme.js` applies the same choice before the first paint. */
export class Theme {
  choice = $state<ThemeChoice>('dark');
  /** Rises with every change of colours, so that canvases know to draw again. */
  version = $state(0);
  readonly #prefersLight = matchMedia('(prefers-color-scheme: light)');

  constructor() {
    const saved = recall('theme');
    if (isChoice(saved)) this.choice = saved;
    this.#prefersLight.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    remember('theme', choice);
    this.#apply();
  }

  #apply(): void {
    const light = this.choice === 'light' || (this.choice === 'system' && this.#prefersLight.matches);
    document.documentElement.dataset['theme'] = light ? 'light' : 'dark';
    const background = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim();
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', background);
    this.version += 1;
  }
}
