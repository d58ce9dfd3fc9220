import { spawn } from 'node:child_process';

const KEPT_OUTPUT_CHARACTERS = 4000;

/**
 * Runs a program without a shell and without stdin. Resolves, whatever happens, to
 * `{ ok, output }`: the end of stdout and stderr together, or why it could not be started or ran past `timeoutMs`.
 */
export function runCommand(command, args, options = {}) {
  const { timeoutMs, ...spawnOptions } = options;
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = timeoutMs ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : undefined;
    const collect = (chunk) => (output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, output: error.message });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = signal ? `\n(ended by ${signal}${timeoutMs ? `, time limit ${timeoutMs} ms` : ''})` : '';
      resolve({ ok: code === 0, output: (output + ended).trim() });
    });
  });
}
