/**
 * The set-up: `node infra/setup/setup.mjs [--for quickstart|training|test|ci|evaluation]`. Idempotent, and fast when nothing changed.
 *
 *   quickstart  npm packages (in a checkout), Temporal's CLI, the Python side of a run
 *   training    and the Python side of training: 1.3 GB with the CPU build of PyTorch
 *   test        and the test servers: Temporal's time-skipping one, SeaweedFS
 *   ci          and a Node 24
 *   evaluation  what quickstart has, and lm_eval: 600 MB; it stays, whatever is set up later
 *
 * Everything lies below COTMILL_HOME or `.cotmill`; `tools.json` there names what was found or installed.
 * Messages go to stderr: stdout belongs to the command that called us.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeJson } from './atomic-file.mjs';
import { BINARIES } from './binaries.mjs';
import { ensureEvaluationPython, knownEvaluationPython } from './evaluation-python.mjs';
import { homeDirectory, isCheckout, PACKAGE_ROOT, toolPaths, toolsFile } from './home.mjs';
import { installAll, RUNTIME_REQUIREMENTS } from './install.mjs';
import { withLock } from './lock.mjs';
import { nodeModulesMatch } from './node-modules.mjs';
import { note } from './note.mjs';
import { requirementsFile } from './python.mjs';
import { reportFaults } from './report-faults.mjs';
import { SetUpError } from './set-up-error.mjs';
import { TRAINING_REQUIREMENTS, TRAINING_VARIABLE } from './training-python.mjs';
import { nodeFault } from './versions.mjs';

export { homeDirectory, toolPaths };
export { SetUpError };

export const PROFILES = ['quickstart', 'training', 'test', 'ci'];
/** Beside the profiles: each holds what the one before it has, and none of them needs it. */
const EVALUATION = 'evaluation';

/**
 * Makes everything of a profile available and returns its tools' paths.
 * @throws {SetUpError} when a step is impossible; the message says what to install or set
 */
export async function setUp(profile, home = homeDirectory()) {
  const fault = nodeFault(process.version);
  if (fault) throw new SetUpError(fault);
  if (profile === EVALUATION) return setUpEvaluation(home);
  if (isCurrent(profile, home)) return toolPaths(home);
  return withLock(join(home, 'tools', 'set-up.lock'), async () => {
    if (!isCurrent(profile, home)) await install(profile, home);
    return toolPaths(home);
  });
}

async function setUpEvaluation(home) {
  const tools = await setUp('quickstart', home);
  if (tools.evaluationPython && tools.evaluationPython === knownEvaluationPython(join(home, 'tools'))) return tools;
  return withLock(join(home, 'tools', 'set-up.lock'), async () => {
    const evaluationPython = await ensureEvaluationPython(join(home, 'tools'), note);
    writeJson(toolsFile(home), { ...toolPaths(home), evaluationPython });
    return toolPaths(home);
  });
}

const namesOf = (profile) => [
  'python',
  ...BINARIES.filter(({ profiles }) => profiles.includes(profile)).map(({ name }) => name),
  ...(profile === 'quickstart' ? [] : ['trainingPython']),
  ...(profile === 'ci' ? ['node24'] : []),
];
const stateFile = (home) => join(home, 'tools', 'state.json');

/** Nothing that decides about the tools has changed since this profile, or a larger one, was set up, and all of it is still there. */
function isCurrent(profile, home) {
  if (isCheckout() && !nodeModulesMatch(PACKAGE_ROOT)) return false;
  const { inputs, profile: done } = readState(home);
  if (inputs !== inputsHash() || PROFILES.indexOf(done) < PROFILES.indexOf(profile)) return false;
  const tools = toolPaths(home);
  return namesOf(profile).every((name) => tools[name] && existsSync(tools[name]));
}

function readState(home) {
  try {
    return JSON.parse(readFileSync(stateFile(home), 'utf8'));
  } catch {
    return {};
  }
}

/** Hash of what decides about the tools: pinned versions, variables, this Node. PATH is not in it: a shell's changes to it would repeat the search for nothing. */
function inputsHash() {
  const hash = createHash('sha256');
  const files = [
    RUNTIME_REQUIREMENTS,
    ...BINARIES.map(({ requirements }) => requirements),
    ...TRAINING_REQUIREMENTS,
    'node24/package-lock.json',
  ];
  for (const file of files) hash.update(readFileSync(requirementsFile(file))).update('\0');
  const variables = [
    'COTMILL_PYTHON',
    TRAINING_VARIABLE,
    'COTMILL_NODE24',
    ...BINARIES.map(({ variable }) => variable),
  ];
  for (const variable of variables) hash.update(`${variable}=${process.env[variable] ?? ''}\0`);
  return hash.update(process.version).digest('hex');
}

async function install(profile, home) {
  const startedAt = Date.now();
  const previous = readState(home);
  const wasDone = previous.inputs === inputsHash() ? previous.profile : undefined;
  // A profile once installed stays: tools.json never loses a tool because a smaller profile ran later.
  const target = PROFILES.indexOf(wasDone) > PROFILES.indexOf(profile) ? wasDone : profile;
  const evaluationPython = knownEvaluationPython(join(home, 'tools'));
  const tools = await installAll(target, join(home, 'tools'));
  writeJson(toolsFile(home), { ...tools, ...(evaluationPython && { evaluationPython }) });
  writeJson(stateFile(home), { inputs: inputsHash(), profile: target });
  note(`ready for ${target} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s (${toolsFile(home)})`);
}

/** Profile from the command line: `--for NAME`, quickstart by default. */
function profileFrom(args) {
  if (args.length === 0) return 'quickstart';
  const known = [...PROFILES, EVALUATION];
  if (args.length === 2 && args[0] === '--for' && known.includes(args[1])) return args[1];
  throw new SetUpError(`expected "--for ${known.join('|')}", got "${args.join(' ')}"`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await reportFaults(() => setUp(profileFrom(process.argv.slice(2))));
}
