import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below `folders` of `root` that match, plus the named `files`, as sorted paths relative to root. */
export function listFiles(root, folders, suffix) {
  return folders
    .flatMap((folder) => namesBelow(join(root, folder)).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(suffix))
    .sort();
}

function namesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Hash of the files' paths, sizes and times of change: equal means that nothing was edited, added or removed. */
export function hashOfState(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
