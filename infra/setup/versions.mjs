/** Versions as the set-up reads them, and the floors it asks for. Pure: no I/O. */

export const MINIMUM_NODE = [20, 19, 0];
export const MINIMUM_PYTHON = [3, 10, 0];

/**
 * The first `major.minor[.patch]` in a program's version output, as three numbers.
 * `temporal version 1.9.1 (Server 1.32.0)` -> [1, 9, 1]; `version 8000GB 4.48 pypi` -> [4, 48, 0]; undefined when there is none.
 */
export function parseVersion(text) {
  const found = /(?<![\w.])v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] : undefined;
}

/** Whether `version` is `minimum` or newer, by its three numbers. */
export function atLeast(version, minimum) {
  for (let index = 0; index < 3; index += 1) {
    if (version[index] !== minimum[index]) return version[index] > minimum[index];
  }
  return true;
}

/** `[1, 9, 1]` -> `1.9.1`, `[3, 10, 0]` -> `3.10`. */
export const showVersion = ([major, minor, patch]) => `${major}.${minor}${patch ? `.${patch}` : ''}`;

/** What is wrong with this Node, or undefined. */
export function nodeFault(versionText) {
  const version = parseVersion(versionText);
  if (version && atLeast(version, MINIMUM_NODE)) return undefined;
  return `Node ${showVersion(MINIMUM_NODE)} or newer is needed; this is ${versionText}. Install Node 20.19, 22 or 24 (https://nodejs.org) and run the command again with it.`;
}
