/** `node infra/setup/run.mjs ARGUMENTS...`: sets up what a run needs, builds when needed, then is `cotmill ARGUMENTS...`. */
import { join } from 'node:path';
import { build } from './build.mjs';
import { runInOurPlace } from './child-process.mjs';
import { homeDirectory, PACKAGE_ROOT } from './home.mjs';
import { reportFaults } from './report-faults.mjs';
import { setUp } from './setup.mjs';

await reportFaults(async () => {
  await setUp('quickstart');
  await build();
});
const environment = { ...process.env, COTMILL_HOME: homeDirectory() };
process.exitCode = await runInOurPlace(
  process.execPath,
  [join(PACKAGE_ROOT, 'dist/workers/cli.js'), ...process.argv.slice(2)],
  { env: environment },
);
