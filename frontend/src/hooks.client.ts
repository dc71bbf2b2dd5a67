import type { HandleClientError } from '@sveltejs/kit';

/** What Chromium, Firefox and Safari say when a page's code cannot be fetched, and Vite when its styles cannot. */
const NOT_FETCHED = /dynamically imported module|importing a module script failed|unable to preload css/i;

export const handleError: HandleClientError = ({ error, message }) => ({
  message,
  notFetched: error instanceof Error && NOT_FETCHED.test(error.message),
});
