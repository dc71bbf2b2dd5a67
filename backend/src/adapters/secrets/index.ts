export { Argon2Hasher } from './argon2-hasher.js';
export { JwtSigner } from './jwt-signer.js';
