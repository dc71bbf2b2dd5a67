export { ThreadVault } from './thread-vault.js';
export { Vault } from './vault.js';
