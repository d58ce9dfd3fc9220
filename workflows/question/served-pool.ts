/**
 * Pools of models that are served for a while have names of their own: users write none of this form, and the same weights have the same name, so
 * that a recipe which asks them is the same recipe wherever the server stands.
 */
const SERVED_POOL = /^served\.[0-9a-f]{16}$/;
const DIGITS = 16;

/** @param weightsSha256 hex */
export const servedPool = (weightsSha256: string): string => `served.${weightsSha256.slice(0, DIGITS)}`;
export const isServedPool = (pool: string): boolean => SERVED_POOL.test(pool);
