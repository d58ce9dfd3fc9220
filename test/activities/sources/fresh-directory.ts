import { onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** A directory for the test that runs, removed when it ends. */
export function freshDirectory(): string {
  const directory = temporaryDirectory('sources');
  onTestFinished(() => directory.remove());
  return directory.path;
}
