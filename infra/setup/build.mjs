/**
 * The build: TypeScript to dist/, the workflows as one bundle, dist/workflow-bundle.cjs, that workers load, and the page of reports.
 * Skipped when no source changed since the last one. What it remembers lies in node_modules/.cache, because
 * dist/ is published and a new `npm ci` must rebuild.
 */
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeJson } from './atomic-file.mjs';
import { buildPage, pageIsBuilt, pageSources } from './build-page.mjs';
import { PACKAGE_ROOT } from './home.mjs';
import { withLock } from './lock.mjs';
import { note } from './note.mjs';
import { reportFaults } from './report-faults.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';
import { hashOfState, listFiles } from './source-state.mjs';

const SOURCE_FOLDERS = ['workflows', 'activities', 'workers', 'config', 'test'];
const SINGLE_FILES = [
  'package-lock.json',
  'tsconfig.json',
  'vitest.config.ts',
  'infra/setup/build.mjs',
  'infra/setup/build-page.mjs',
];
const BUNDLE = 'dist/workflow-bundle.cjs';

const inRoot = (path) => join(PACKAGE_ROOT, path);
const cache = (name) => inRoot(join('node_modules', '.cache', 'cotmill', name));

/**
 * Brings dist/ up to date.
 * @throws {SetUpError} when the sources do not compile or the workflows cannot be bundled
 */
export async function build() {
  if (isCurrent()) return;
  await withLock(cache('build.lock'), async () => {
    if (isCurrent()) return;
    const startedAt = Date.now();
    const sources = sourceFiles();
    const state = sourceState(sources);
    // A source that is gone would leave its output behind.
    if (!onlyAdded(sources)) rmSync(inRoot('dist'), { recursive: true, force: true });
    await compile();
    await bundleWorkflows();
    await buildPage();
    writeJson(cache('build.json'), { state, sources });
    note(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  });
}

const sourceFiles = () => listFiles(PACKAGE_ROOT, SOURCE_FOLDERS, '.ts');
const sourceState = (sources) =>
  hashOfState(PACKAGE_ROOT, [...sources, ...pageSources(), ...SINGLE_FILES.filter((path) => existsSync(inRoot(path)))]);

function isCurrent() {
  const outputs = ['dist/workers', ...(existsSync(inRoot('workflows/index.ts')) ? [BUNDLE] : [])];
  return (
    outputs.every((path) => existsSync(inRoot(path))) &&
    pageIsBuilt() &&
    lastBuild().state === sourceState(sourceFiles())
  );
}

const onlyAdded = (sources) => lastBuild().sources.every((path) => sources.includes(path));

function lastBuild() {
  try {
    return JSON.parse(readFileSync(cache('build.json'), 'utf8'));
  } catch {
    return { sources: [] };
  }
}

async function compile() {
  const memory = cache('tsc.tsbuildinfo');
  // tsc trusts its memory of what it wrote, so without dist/ the memory must go too.
  if (!existsSync(inRoot('dist'))) rmSync(memory, { force: true });
  const compiler = inRoot('node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', '.', '--incremental', '--tsBuildInfoFile', memory, '--pretty', 'false'];
  const { ok, output } = await runCommand(process.execPath, args, { cwd: PACKAGE_ROOT });
  if (!ok) throw new SetUpError(`The sources do not compile:\n${output}`);
}

/** One file of all workflows, made once here: a worker that bundles for itself starts seconds later and needs the sources. */
async function bundleWorkflows() {
  const entry = inRoot('dist/workflows/index.js');
  if (!existsSync(entry)) {
    note(`no workflows/index.ts yet: ${BUNDLE} is not made`);
    return;
  }
  const workflows = listFiles(PACKAGE_ROOT, ['dist/workflows'], '.js');
  const state = hashOfState(PACKAGE_ROOT, [...workflows, 'package-lock.json']);
  const memory = cache('bundle.json');
  if (existsSync(inRoot(BUNDLE)) && existsSync(memory) && JSON.parse(readFileSync(memory, 'utf8')).state === state)
    return;
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      logger: new DefaultLogger('WARN'),
      webpackConfigHook: inOneScope,
    });
    writeFileSync(inRoot(BUNDLE), code);
  } catch (error) {
    throw new SetUpError(`The workflows cannot be bundled: ${error.message}`, { cause: error });
  }
  writeJson(memory, { state });
}

/**
 * Our modules as one: every workflow execution runs all modules of its bundle anew, and a twentieth of what a question costs a worker went into
 * linking them. [measured]
 */
const inOneScope = (config) => ({
  ...config,
  optimization: { ...config.optimization, providedExports: true, usedExports: true, concatenateModules: true },
});

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await reportFaults(build);
