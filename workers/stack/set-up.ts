import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { cotmillHome } from './home.js';
import { StackError } from './stack-error.js';

/**
 * Runs the set-up script of this package for a profile; its messages go to stderr. A fraction of a second when nothing changed.
 * @throws {StackError} when a step is impossible; the script has said why
 */
export async function runSetUp(
  profile: 'quickstart' | 'training' | 'test',
  home: string = cotmillHome(),
): Promise<void> {
  const script = join(packageRoot(), 'infra', 'setup', 'setup.mjs');
  const child = spawn(process.execPath, [script, '--for', profile], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, COTMILL_HOME: home },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new StackError('The set-up stopped; see its message above.');
}
