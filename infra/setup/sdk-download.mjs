/**
 * The Temporal SDK's own download of the CLI and the test server (from temporal.download, at a fixed version, over TLS).
 *
 * The SDK offers no download alone: it downloads in order to start a server. So a small Node process of our own
 * starts and stops one, with a time limit. A closed network would make every fresh set-up wait for that limit;
 * therefore the host is asked first, briefly, and a failure is remembered for a day. (The question does not go
 * through a proxy: behind one, the PyPI package is used, which pip can fetch through it.)
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from './atomic-file.mjs';
import { isExecutable } from './find-on-path.mjs';
import { PACKAGE_ROOT } from './home.mjs';
import { runCommand } from './run-command.mjs';

const PROBE_TIMEOUT_MS = 3000;
const DOWNLOAD_TIMEOUT_MS = 180_000;
const REMEMBER_FAILURE_MS = 24 * 3_600_000;

const STARTER = `
const { TestWorkflowEnvironment } = await import('@temporalio/testing');
const [kind, downloadDir, version] = process.argv.slice(-3);
const server = { executable: { type: 'cached-download', downloadDir, version, ttl: '3650 days' } };
const environment = kind === 'local' ? await TestWorkflowEnvironment.createLocal({ server }) : await TestWorkflowEnvironment.createTimeSkipping({ server });
await environment.teardown();
`;

/** The downloaded program's path, or `undefined` with the reason noted. */
export async function downloadThroughSdk(binary, toolsFolder, note) {
  if (!binary.download) return undefined;
  const folder = join(toolsFolder, 'sdk');
  const { kind, version } = binary.download;
  const prefix = kind === 'local' ? 'temporal-cli' : 'temporal-test-server';
  const path = join(folder, `${prefix}-${version}`);
  if (isExecutable(path)) return path;

  const memory = join(folder, 'download-failed.json');
  if (failedLately(memory)) return undefined;
  mkdirSync(folder, { recursive: true });
  const fault = (await hostFault(kind, version)) ?? (await startOnce(kind, folder, version));
  if (!fault && isExecutable(path)) return path;
  writeJson(memory, { at: Date.now(), reason: fault ?? `${path} is missing after the download` });
  note(`the SDK's own download of ${binary.command} is not possible (${fault ?? 'no file'}); taking the PyPI package`);
  return undefined;
}

function failedLately(memory) {
  try {
    return Date.now() - JSON.parse(readFileSync(memory, 'utf8')).at < REMEMBER_FAILURE_MS;
  } catch {
    return false;
  }
}

async function hostFault(kind, version) {
  const artifact = kind === 'local' ? 'cli' : 'temporal-test-server';
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const architecture = process.arch === 'x64' ? 'amd64' : 'arm64';
  const address = `https://temporal.download/${artifact}/${version}?arch=${architecture}&platform=${platform}`;
  try {
    const response = await fetch(address, { signal: globalThis.AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return response.ok ? undefined : `temporal.download answered ${response.status}`;
  } catch (error) {
    return `temporal.download: ${error.cause?.code ?? error.name}`;
  }
}

async function startOnce(kind, folder, version) {
  const args = ['--input-type=module', '-e', STARTER, '--', kind, folder, version];
  const { ok, output } = await runCommand(process.execPath, args, {
    cwd: PACKAGE_ROOT,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  return ok ? undefined : output.split('\n').slice(-3).join(' ');
}
