/**
 * `npm test [-- VITEST ARGUMENTS...]`: sets up and builds, runs all tests, and ends with the line `N passed, N failed`.
 * `--with-node24` as first argument repeats the unit tests on Node 24 (CI). Exit code 1 when a test failed, none
 * ran, or, with CI=true, one was skipped without a reason in allowed-skips.json.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { runInOurPlace } from './child-process.mjs';
import { homeDirectory, PACKAGE_ROOT } from './home.mjs';
import { reportFaults } from './report-faults.mjs';
import { setUp } from './setup.mjs';
import { verdict } from './test-report.mjs';

const VITEST = join(PACKAGE_ROOT, 'node_modules/vitest/vitest.mjs');

const [first, ...rest] = process.argv.slice(2);
const withNode24 = first === '--with-node24';
const userArguments = withNode24 ? rest : process.argv.slice(2);

const tools = await reportFaults(async () => {
  const paths = await setUp(withNode24 ? 'ci' : 'test');
  await build();
  return paths;
});

const runs = [await runVitest('all tests', process.execPath, userArguments)];
if (withNode24)
  runs.push(await runVitest('unit tests on Node 24', tools.node24, ['--project', 'unit', ...userArguments]));
const { passed, failed, complaints, notes } = verdict(runs, {
  isCi: process.env.CI === 'true',
  allowedSkips: allowedSkips(),
});
for (const line of [...notes, ...complaints]) console.log(line);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** Totals come from vitest's own report in a file; what it prints is for people. */
async function runVitest(name, node, args) {
  const folder = join(homeDirectory(), 'test');
  const reportFile = join(folder, `report-${process.pid}.json`);
  mkdirSync(folder, { recursive: true });
  console.log(`== ${name}`);
  const vitest = [
    VITEST,
    'run',
    '--root',
    PACKAGE_ROOT,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ];
  const environment = { ...process.env, COTMILL_HOME: homeDirectory() };
  const exitCode = await runInOurPlace(node, [...vitest, ...args], { env: environment, cwd: PACKAGE_ROOT });
  return { name, exitCode, report: readReport(reportFile) };
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}

function allowedSkips() {
  return JSON.parse(readFileSync(new URL('./allowed-skips.json', import.meta.url), 'utf8'));
}
