/** A drill that cannot be done on this machine. */
export class Skip extends Error {}
