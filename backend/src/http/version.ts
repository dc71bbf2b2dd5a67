/** Version of the product and its API; the release test compares it with package.json. */
export const API_VERSION = '0.2.0';
