import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureInference } from './build-inference.js';
import { measureBuild, measureFlight } from './build-runs.js';
import { buildSection, flightSection } from './build-sections.js';
import { benchDirectory, removeBenchDirectories, stopBuildSystems } from './build-system.js';
import { tableOf, verdictOf, type Section } from './build-table.js';
import { calibrate, describeMachine } from './calibration.js';
import { measureSelection } from './selection.js';

/**
 * `npm run bench [-- --only build|flight|inference|selection] [--sizes 100,1000,5000] [--json] [--profile DIRECTORY]`: prints figures beside their
 * targets and writes them to `.cotmill/bench/latest.json`. `--profile` leaves CPU profiles of the workers. Exit code 1 when a target is missed.
 */
const PARTS = ['build', 'flight', 'inference', 'selection'] as const;
type Part = (typeof PARTS)[number];

/** Five full shards, which share the questions in flight evenly. */
const FLIGHT = { questions: 1_750, inFlight: 1_000, latencyMs: 2_000 };

interface Options {
  readonly parts: readonly Part[];
  readonly sizes: readonly number[];
  readonly json: boolean;
  readonly profileDirectory?: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      sizes: { type: 'string', default: '100,1000,5000' },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && only === undefined)
    throw new Error(`--only: expected one of ${PARTS.join(', ')}, got "${values.only}"`);
  const sizes = values.sizes.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new Error(`--sizes: expected numbers of questions such as 100,1000, got "${values.sizes}"`);
  return {
    parts: only === undefined ? PARTS : [only],
    sizes,
    json: values.json,
    ...(values.profile !== undefined && { profileDirectory: values.profile }),
  };
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function measureBuilds({ sizes, profileDirectory }: Options): Promise<Section> {
  const builds = [];
  for (const size of sizes) {
    note(`build of ${size} questions ...`);
    builds.push(await measureBuild(size, profileDirectory));
  }
  return buildSection(builds);
}

async function measureInFlight(): Promise<Section> {
  note(`${FLIGHT.inFlight} questions in flight ...`);
  return flightSection(await measureFlight(FLIGHT), FLIGHT.inFlight);
}

async function main(): Promise<void> {
  const options = readOptions();
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const show = (section: Section): void => {
    if (!options.json) console.log(`${tableOf(section)}\n`);
  };
  if (!options.json)
    console.log(
      `${machine.processor}, ${machine.cores} cores, Node ${machine.node}; calibration ${machine.calibrationMs.toFixed(0)} ms\n`,
    );
  const measure: Record<Part, () => Promise<Section | readonly Section[]>> = {
    build: () => measureBuilds(options),
    flight: measureInFlight,
    inference: () => measureInference(note),
    selection: () => measureSelection(note),
  };
  const sections: Section[] = [];
  for (const part of options.parts) {
    const measured = [await measure[part]()].flat();
    sections.push(...measured);
    measured.forEach(show);
  }
  const missed = sections.flatMap(({ figures }) => figures).filter((figure) => verdictOf(figure) === 'MISS').length;
  const report = { startedAt, machine: { ...machine, calibrationAfterMs: calibrate() }, missed, sections };
  const file = join(benchDirectory(), 'latest.json');
  mkdirSync(benchDirectory(), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else console.log(`${missed === 0 ? 'every target reached' : `${missed} targets missed`}; written to ${file}`);
  process.exitCode = missed === 0 ? 0 : 1;
}

async function giveUp(): Promise<void> {
  await stopBuildSystems();
  removeBenchDirectories();
  process.exit(130);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp());
try {
  await main();
} finally {
  removeBenchDirectories();
}
