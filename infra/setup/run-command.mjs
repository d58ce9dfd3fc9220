import { spawn } from 'node:child_process';

const KEPT_CHARACTERS_AT_EACH_END = 2000;

/**
 * Runs a program without a shell and without stdin. Resolves, whatever happens, to
 * `{ ok, output }`: stdout and stderr together (of long ones beginning and end), or why it could not be started or ran past `timeoutMs`.
 */
export function runCommand(command, args, options = {}) {
  const { timeoutMs, ...spawnOptions } = options;
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = timeoutMs ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : undefined;
    const collect = (chunk) => (output += chunk);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, output: error.message });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = signal ? `\n(ended by ${signal}${timeoutMs ? `, time limit ${timeoutMs} ms` : ''})` : '';
      resolve({ ok: code === 0, output: ends(output.trim()) + ended });
    });
  });
}

function ends(text) {
  if (text.length <= 2 * KEPT_CHARACTERS_AT_EACH_END) return text;
  return `${text.slice(0, KEPT_CHARACTERS_AT_EACH_END)}\n...\n${text.slice(-KEPT_CHARACTERS_AT_EACH_END)}`;
}
