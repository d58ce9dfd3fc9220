import type { Benchmark } from './benchmark.js';
import { fieldPath, type ConfigFault, type Path, type Report } from './config-error.js';
import type { Deployment } from './deployment.js';
import { unknownNames, type Naming } from './deployment-names.js';
import { evaluatedName, type Evaluation } from './evaluation.js';
import type { Recipe } from './recipe.js';
import { studentView, type Student } from './student.js';
import type { TrainingSet } from './training-set.js';
import { viewName, type TrainingView } from './training-view.js';

const VIEW_FORMS: Readonly<Record<Student['method'], readonly string[]>> = {
  sft: ['messages', 'prompt-completion'],
  dpo: ['dpo'],
  cogpo: ['cogpo'],
};

/** Rules over the students of a recipe and its training sets. */
export function checkStudents(recipe: Recipe, report: Report): void {
  const { students = [] } = recipe;
  students.forEach((student, index) => {
    const path = ['students', index] as const;
    if (students.findIndex((other) => other.name === student.name) < index)
      report([...path, 'name'], `expected a name of its own, found "${student.name}" again`);
    checkBase(student.base, { path: [...path, 'base', 'student'], above: students.slice(0, index) }, report);
    checkTrainingSet(student, { path, trainingSets: recipe.trainingSets ?? [] }, report);
    checkSettings(student, path, report);
  });
}

function checkBase(
  base: Student['base'],
  { path, above }: { readonly path: Path; readonly above: readonly Student[] },
  report: Report,
): void {
  if (!('student' in base) || above.some(({ name }) => name === base.student)) return;
  const list = above.map(({ name }) => name).join(', ') || 'there is none';
  report(path, `expected a student that stands above this one (${list}), found "${base.student}"`);
}

function checkTrainingSet(
  student: Student,
  { path, trainingSets }: { readonly path: Path; readonly trainingSets: readonly TrainingSet[] },
  report: Report,
): void {
  const drawn = trainingSets.find(({ name }) => name === student.trainingSet);
  if (!drawn)
    return report([...path, 'trainingSet'], `expected ${oneOf(trainingSets)}, found "${student.trainingSet}"`);
  const { name, views, verbositySplits } = drawn;
  if ((verbositySplits === undefined) !== (student.set === 'default')) {
    const [wanted, has] = verbositySplits === undefined ? ['"default"', 'no'] : ['short, medium or long', 'its'];
    report([...path, 'set'], `expected ${wanted}: training set "${name}" has ${has} verbositySplits`);
  }
  const wanted = studentView(student);
  const view = views.find((one) => viewName(one) === wanted);
  const fault = view === undefined ? missingView(views, name) : unfitView(view, student.method);
  if (fault !== undefined) report([...path, 'view'], `${fault}, found "${wanted}"`);
}

const missingView = (views: readonly TrainingView[], set: string): string =>
  `expected a view of training set "${set}" (${views.map(viewName).join(', ') || 'it has none'})`;

function unfitView({ form, files }: TrainingView, method: Student['method']): string | undefined {
  if (!VIEW_FORMS[method].includes(form))
    return `expected a view of the form ${VIEW_FORMS[method].join(' or ')} for ${method}`;
  return files.includes('parquet') ? undefined : 'expected a view with Parquet files (files: [parquet])';
}

function checkSettings({ method, settings, control }: Student, path: Path, report: Report): void {
  if (method === 'cogpo' && settings.beta !== undefined)
    report([...path, 'settings', 'beta'], 'expected none: CogPO reads its betas from the rows');
  if (method !== 'sft' && settings.packing === true)
    report([...path, 'settings', 'packing'], 'expected false: only SFT packs rows');
  if (method !== 'sft' && control !== 'none')
    report([...path, 'control'], 'expected none: own answers are learnt by SFT');
}

/** Rules over the evaluations of a recipe and its students. */
export function checkEvaluations({ students = [], evaluations = [] }: Recipe, report: Report): void {
  evaluations.forEach(({ name, models, baseline }, index) => {
    const path = ['evaluations', index] as const;
    if (evaluations.findIndex((other) => other.name === name) < index)
      report([...path, 'name'], `expected a name of its own, found "${name}" again`);
    const names = models.map(evaluatedName);
    models.forEach((model, place) => {
      if (names.indexOf(evaluatedName(model)) < place)
        report([...path, 'models', place], `expected each model once, found "${evaluatedName(model)}" again`);
      if ('student' in model && !students.some((student) => student.name === model.student))
        report([...path, 'models', place, 'student'], `expected ${oneOf(students)}, found "${model.student}"`);
    });
    if (baseline !== undefined && !names.includes(baseline))
      report([...path, 'baseline'], `expected a model of this evaluation (${names.join(', ')}), found "${baseline}"`);
  });
}

/** Rules over the gates of a recipe and its evaluations. */
export function checkGates({ evaluations = [], gates = [] }: Recipe, report: Report): void {
  gates.forEach((gate, index) => {
    if (!('evaluation' in gate)) return;
    const path = ['gates', index] as const;
    const evaluation = evaluations.find(({ name }) => name === gate.evaluation);
    if (!evaluation)
      return report([...path, 'evaluation'], `expected ${oneOf(evaluations)}, found "${gate.evaluation}"`);
    const names = evaluation.models.map(evaluatedName);
    if (!names.includes(gate.model))
      report([...path, 'model'], `expected a model of that evaluation (${names.join(', ')}), found "${gate.model}"`);
    if (gate.kind === 'not-below' && gate.baseline !== undefined && !names.includes(gate.baseline))
      report(
        [...path, 'baseline'],
        `expected a model of that evaluation (${names.join(', ')}), found "${gate.baseline}"`,
      );
    const baseline = gate.kind === 'not-below' ? (gate.baseline ?? evaluation.baseline ?? names[0]) : undefined;
    if (baseline === gate.model)
      report([...path, 'model'], `expected another model than its baseline, found "${gate.model}" for both`);
  });
}

/** Benchmarks of evaluations that nobody knows how to ask, or where to read. */
export function evaluationFaults(
  { evaluations = [] }: Pick<Recipe, 'evaluations'>,
  benchmarks: Readonly<Record<string, Benchmark>>,
): ConfigFault[] {
  return evaluations.flatMap(({ benchmark: name, path, dataset }, index) => {
    const known = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
    const at = (field: string, message: string): ConfigFault[] => [
      { path: fieldPath(['evaluations', index, field]), message },
    ];
    if (known?.evaluation === undefined) {
      const asked = Object.keys(benchmarks).filter((one) => benchmarks[one]?.evaluation !== undefined);
      return at('benchmark', `expected a benchmark that can be asked (${asked.sort().join(', ')}), found "${name}"`);
    }
    const isOwn = dataset === undefined || dataset === known.hub?.dataset;
    const hasFiles = path !== undefined || (isOwn && known.hub?.files !== undefined);
    return hasFiles ? [] : at('path', `expected the file of "${name}" below the input: the benchmark names none`);
  });
}

/** What students and evaluations name in a deployment and what is not there. */
export function trainingFaults(
  { students = [], evaluations = [] }: Pick<Recipe, 'students' | 'evaluations'>,
  deployment: Deployment,
): ConfigFault[] {
  return unknownNames([...students.flatMap(studentNamings), ...evaluations.flatMap(evaluationNamings)], deployment);
}

function studentNamings({ base, trainer, server, control }: Student, index: number): Naming[] {
  const path = ['students', index] as const;
  return [
    ...('model' in base ? [{ path: [...path, 'base', 'model'], kind: 'models' as const, name: base.model }] : []),
    { path: [...path, 'trainer'], kind: 'trainers', name: trainer },
    ...(control === 'own-answers' ? [{ path: [...path, 'server'], kind: 'servers' as const, name: server }] : []),
  ];
}

function evaluationNamings({ models, input, difficulty, secondOpinion, server }: Evaluation, index: number): Naming[] {
  const path = ['evaluations', index] as const;
  const served = models.some((model) => 'model' in model);
  return [
    { path: [...path, 'input'], kind: 'inputs', name: input },
    ...(difficulty ? [{ path: [...path, 'difficulty', 'pool'], kind: 'pools' as const, name: difficulty.pool }] : []),
    ...(secondOpinion
      ? [{ path: [...path, 'secondOpinion', 'launcher'], kind: 'launchers' as const, name: secondOpinion.launcher }]
      : []),
    ...(served ? [{ path: [...path, 'server'], kind: 'servers' as const, name: server }] : []),
    ...models.flatMap((model, place): Naming[] => {
      if ('pool' in model) return [{ path: [...path, 'models', place, 'pool'], kind: 'pools', name: model.pool }];
      return 'model' in model ? [{ path: [...path, 'models', place, 'model'], kind: 'models', name: model.model }] : [];
    }),
  ];
}

const oneOf = (named: readonly { readonly name: string }[]): string =>
  named.length === 0
    ? 'one of this recipe, which has none'
    : `one of this recipe (${named.map(({ name }) => name).join(', ')})`;
