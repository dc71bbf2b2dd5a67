export { OpenIdProvider } from './openid-provider.js';
