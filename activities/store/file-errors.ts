import type { MapError } from './map-errors.js';
import { StoreError } from './object-store.js';

/** Errors that waiting does not mend; all others (disk full, too many open files, I/O) are "unavailable". */
const KINDS: Readonly<Record<string, StoreError['kind']>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EEXIST: 'misconfigured',
  EISDIR: 'misconfigured',
  ENAMETOOLONG: 'misconfigured',
  ENOTDIR: 'misconfigured',
  ENOTEMPTY: 'misconfigured',
  ENOTSUP: 'misconfigured',
};

const ADVICE: Readonly<Record<StoreError['kind'], string>> = {
  denied: 'the directory must be writable for this user, on a file system with hard links',
  misconfigured: 'in a directory a key cannot be both an object and the beginning of other keys ("a" and "a/b")',
  unavailable: 'check free space and the disk, then try again',
};

/** Node's file errors as StoreErrors that say what was done to which key, and what to do. */
export const fileErrors =
  (description: string) =>
  (action: string, key: string): MapError =>
  (error) => {
    if (!(error instanceof Error)) return error;
    const code = 'code' in error ? String(error.code) : error.name;
    const kind = KINDS[code] ?? 'unavailable';
    const message = `Could not ${action} "${key}" in ${description}: ${code}; ${ADVICE[kind]}.`;
    return new StoreError(kind, message, { cause: error });
  };
