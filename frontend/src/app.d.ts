import 'svelte/elements';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** A part of the pages could not be fetched, as when the server is away. */
      notFetched?: boolean;
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
