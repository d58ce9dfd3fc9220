/** A Node 24 for CI, which repeats the unit tests on it. npm has the binary as a package for Linux. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from './find-on-path.mjs';
import { nodeModulesMatch, npmCi } from './node-modules.mjs';
import { requirementsFile } from './python.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/** COTMILL_NODE24, this Node if it is a 24, else the npm package. */
export async function ensureNode24(toolsFolder, environment = process.env) {
  const named = environment.COTMILL_NODE24;
  if (named) return requireNode24(named);
  if (process.versions.node.startsWith('24.')) return process.execPath;
  if (process.platform !== 'linux') {
    throw new SetUpError(
      'npm has Node 24 as a package for Linux only: install Node 24 and set COTMILL_NODE24 to its path.',
    );
  }
  const folder = join(toolsFolder, 'node24');
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(requirementsFile(join('node24', file)), join(folder, file));
  const path = join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (!isExecutable(path) || !nodeModulesMatch(folder)) await npmCi(folder, ['--ignore-scripts']);
  return requireNode24(path);
}

async function requireNode24(path) {
  const { ok, output } = await runCommand(path, ['--version']);
  if (ok && output.startsWith('v24.')) return path;
  throw new SetUpError(
    `${path}: expected Node 24; it says "${output.slice(0, 200)}". Set COTMILL_NODE24 to a Node 24.`,
  );
}
