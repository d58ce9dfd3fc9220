/** Longest key S3 takes, in bytes. */
const MAX_KEY_BYTES = 1024;
/** File systems take names of 255 bytes. */
const MAX_SEGMENT_BYTES = 255;
/** Ending of a file that is still being written; no key may use it. */
export const PARTIAL_SUFFIX = '.partial';

const SEGMENT = /^[A-Za-z0-9._=-]+$/;

/** Whether a "/"-free name may stand in a key: such names mean the same on every file system and in every S3 server. */
export const isSegment = (name: string): boolean =>
  SEGMENT.test(name) &&
  name !== '.' &&
  name !== '..' &&
  name.length <= MAX_SEGMENT_BYTES &&
  !name.endsWith(PARTIAL_SUFFIX);

/** Whether a store may hold an object of this key. Objects with other keys (left by other programs) are not listed. */
export const isObjectKey = (key: string): boolean => key.length <= MAX_KEY_BYTES && key.split('/').every(isSegment);

/** Returns the key; throws TypeError when no store may hold it. */
export function checkKey(key: string): string {
  if (isObjectKey(key)) return key;
  throw new TypeError(
    `Bad object key ${quote(key)}: expected segments of A-Z, a-z, 0-9, ".", "_", "=" and "-" between single slashes, without "." and "..", ` +
      `none ending in "${PARTIAL_SUFFIX}", at most ${MAX_KEY_BYTES} bytes in all.`,
  );
}

/** Returns the prefix; throws TypeError when no key starts with it. Empty means everything; it may end inside a segment. */
export function checkPrefix(prefix: string): string {
  const segments = prefix.split('/');
  const last = segments.pop() ?? '';
  if (prefix.length <= MAX_KEY_BYTES && segments.every(isSegment) && (last === '' || SEGMENT.test(last))) return prefix;
  throw new TypeError(
    `Bad prefix ${quote(prefix)}: expected the beginning of an object key, such as "runs/nightly/" or "runs/night".`,
  );
}

const quote = (text: string) => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
