import 'svelte/elements';

declare global {
  namespace App {
    interface Error {
      message: string;
    }
  }
}

declare module 'svelte/elements' {
  interface HTMLInputAttributes {
    /** Lets a file input take a whole folder. */
    webkitdirectory?: boolean;
  }
}

export {};
