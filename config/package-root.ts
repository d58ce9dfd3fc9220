import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of cotmill's own package.json: the same when run from source and from the compiled files below it. Throws when there is none. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = dirname(directory)) {
    if (isPackage(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory))
      throw new Error(`no package.json of cotmill above ${start}: is the installation complete?`);
  }
}

function isPackage(file: string): boolean {
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'cotmill';
}
