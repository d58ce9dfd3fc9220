import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { openLaunchers, type Launchers } from '../../activities/jobs/open-launchers.js';
import { readModelManifest } from '../../activities/models/model-registry.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import { newestVersion } from '../../activities/publication/latest.js';
import { trainingFolder as trainingVersions } from '../../activities/selection/training-set.js';
import { createOpenInput } from '../../activities/sources/open-input.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { openStore } from '../../activities/store/open-store.js';
import { TrainingFailed, TrainingRefused } from '../../activities/training/jobs/judge-training.js';
import { openTraining } from '../../activities/training/jobs/open-training.js';
import { fetchViewData, findStudentView } from '../../activities/training/jobs/training-data.js';
import { trainingFolder, type TrainingPlan } from '../../activities/training/jobs/training-plan.js';
import { openPreflights } from '../../activities/training/preflight/preflight.js';
import type { Deployment } from '../../config/deployment.js';
import { loadRecipe } from '../../config/load.js';
import type { Recipe } from '../../config/recipe.js';
import type { Student } from '../../config/student.js';
import { loadTrainingPresets } from '../../config/training-preset.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { preflightText, type ShownPreflight } from '../preflight-text.js';
import { toolPath } from '../stack/tools.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';
import { interruptible } from './interrupt.js';

interface PreflightCommandOptions {
  readonly deployment?: string;
  readonly student?: string;
  readonly json?: boolean;
}

/** `cotmill preflight RECIPE`: looks at the trainings of a recipe whose training sets are there, in this process; trains nothing. */
export function preflightCommand(): Command {
  return new Command('preflight')
    .description(
      'look at the trainings of a recipe before anything is booked: templates, lengths, contamination, memory',
    )
    .argument('<recipe>', 'recipe file (.yaml, .json, .js, .ts) with students whose training sets are published')
    .option('--student <name>', 'only this student')
    .option('--json', 'print the reports as JSON')
    .addOption(deploymentOption())
    .action(preflight);
}

async function preflight(file: string, options: PreflightCommandOptions): Promise<void> {
  const recipe = await loadRecipe(file);
  const students = chosenStudents(recipe, options.student);
  const deployment = await chosenDeployment(options);
  const looks = await openLooks(deployment, interruptible('Interrupted.').signal);
  const shown: ShownPreflight[] = [];
  for (const student of students) {
    const one = await looks.look(student, recipe).catch((error: unknown) => {
      throw commandError(error);
    });
    shown.push(one);
    if (!options.json) console.log(`${shown.length > 1 ? '\n' : ''}${preflightText(one)}`);
  }
  if (options.json) console.log(JSON.stringify(shown.map(jsonOf), null, 2));
  const isRefused = shown.some((one) => 'report' in one && !one.report.verdict.ok);
  process.exitCode = isRefused ? EXIT.badInput : EXIT.ok;
}

const jsonOf = (one: ShownPreflight): object => ('report' in one ? one.report : one);

function chosenStudents({ students = [] }: Recipe, name: string | undefined): readonly Student[] {
  const known = students.map((student) => student.name).join(', ') || 'it has none';
  const chosen = name === undefined ? students : students.filter((student) => student.name === name);
  if (chosen.length > 0) return chosen;
  const found = name === undefined ? 'none' : `"${name}"`;
  throw new CommandError(`students: expected a student of the recipe (${known}), found ${found}`, EXIT.badInput);
}

/** What can't be read is the user's to mend; a job that broke is not. */
function commandError(error: unknown): unknown {
  if (error instanceof TrainingRefused) return new CommandError(error.message, EXIT.badInput);
  return error instanceof TrainingFailed ? new CommandError(error.message, EXIT.runFailed) : error;
}

async function openLooks(deployment: Deployment, signal: AbortSignal) {
  const environment = process.env;
  const baseDirectory = process.cwd();
  const store = await openStore(deployment.store, { environment, baseDirectory });
  const launchers = openLaunchers(deployment, environment);
  const python = (): string => toolPath('trainingPython');
  const presets = await loadTrainingPresets();
  const openInput = createOpenInput({ inputs: deployment.inputs, baseDirectory, store, environment });
  const { prepare } = openTraining({ store, deployment, launchers, presets, python });
  const preflights = openPreflights({
    ...{ store, deployment, launchers, openInput, python },
    benchmarks: await loadBenchmarks(),
  });
  const hashing = { signal, heartbeat: () => undefined };

  async function look(student: Student, recipe: Recipe): Promise<ShownPreflight> {
    const { name, control } = student;
    if (control !== 'none')
      return { student: name, skipped: 'it learns answers of its own, which are made when it is trained' };
    const base = await registeredBase(store, student, recipe);
    if (base === null) return { student: name, skipped: 'the student that it is trained from is not trained yet' };
    const training = await trainingOf(store, student, recipe);
    const { plan, registered } = await prepare({ run: 'preflight', student, training, ...(base && { base }) }, hashing);
    if (registered) return { student: name, skipped: `${name} ${plan.student.version} is trained already` };
    await fetchRows({ store, launchers, plan, student, training });
    const report = await preflights.look(
      { plan, evaluations: recipe.evaluations ?? [] },
      { execution: randomUUID(), cancelled: signal, signal, report: () => undefined },
    );
    return { student: name, plan, report };
  }

  async function fetchRows(rows: {
    readonly store: ObjectStore;
    readonly launchers: Launchers;
    readonly plan: TrainingPlan;
    readonly student: Student;
    readonly training: ModelRef;
  }): Promise<void> {
    const { workDirectory } = rows.launchers.get(rows.plan.trainer.launcher);
    const view = await findStudentView(rows.store, rows.student, rows.training);
    await fetchViewData(rows.store, view, { ...hashing, directory: trainingFolder(workDirectory, rows.plan).data });
  }

  return { look };
}

/** The student that one is trained from; undefined: a model of the deployment, null: it is not there. */
async function registeredBase(
  store: ObjectStore,
  { base }: Student,
  { students = [] }: Recipe,
): Promise<ModelRef | null | undefined> {
  if (!('student' in base)) return undefined;
  const version = students.find(({ name }) => name === base.student)?.version ?? 'v1';
  const manifest = await readModelManifest(store, { name: base.student, version });
  return manifest ? { name: manifest.name, version: manifest.version } : null;
}

/** As the recipe names it, or of a recipe with versions from content the newest one. */
async function trainingOf(store: ObjectStore, { trainingSet }: Student, recipe: Recipe): Promise<ModelRef> {
  const written = recipe.trainingSets?.find(({ name }) => name === trainingSet)?.version ?? 'v1';
  const newest = recipe.versions === undefined ? undefined : await newestVersion(store, trainingVersions(trainingSet));
  return { name: trainingSet, version: newest ?? written };
}
