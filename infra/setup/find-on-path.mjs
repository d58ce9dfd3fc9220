import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether `path` is a file that may be run. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every program of that name on PATH, in PATH's order. */
export function findOnPath(command, searchPath = process.env.PATH ?? '') {
  return searchPath
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, command))
    .filter(isExecutable);
}
