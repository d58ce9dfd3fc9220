/** `npm ci`, only when node_modules is not what the lock file says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * The first package of the lock file that is not installed as locked, or undefined. npm writes what it
 * installed to node_modules/.package-lock.json at the very end, so an interrupted install has none.
 * Optional packages may be absent: they are other platforms' builds.
 */
export function lockMismatch(lock, installed) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '' || wanted.link) continue;
    const found = installed.packages[path];
    if (!found && wanted.optional) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return path;
  }
  return undefined;
}

/** Whether the packages below `directory` are those of its lock file. */
export function nodeModulesMatch(directory) {
  const installedFile = join(directory, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  return lockMismatch(read(join(directory, 'package-lock.json')), read(installedFile)) === undefined;
}

/** Installs exactly the lock file's packages into `directory`/node_modules. */
export async function npmCi(directory, extraArguments = []) {
  const [command, first] = npmCommand(process.env.npm_execpath);
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--prefer-offline', ...extraArguments];
  const { ok, output } = await runCommand(command, args, { cwd: directory });
  if (ok) return;
  throw new SetUpError(
    `"npm ci" failed in ${directory}:\n${withoutUsage(output)}\nCheck that npm is installed and reaches its registry (npm config get registry), then run the command again.`,
  );
}

/** The npm that started us, when it did and is a script; else the one on PATH. */
function npmCommand(execPath) {
  return execPath && /npm-cli\.c?js$/.test(execPath) ? [process.execPath, [execPath]] : ['npm', []];
}

/** npm prints its manual after some errors. */
const withoutUsage = (output) => output.split(/npm error\s+Clean install a project/)[0].trim();
