import type { z } from 'zod';
import type { Deployment } from './deployment.js';
import { unknownNames } from './deployment-names.js';
import { benchmarkInputFaults, checkBenchmarks } from './check-cleaning.js';
import { ConfigError, type Path, type Report } from './config-error.js';
import { checkSourceChains, checkSourceForms, sourceInputFaults } from './check-sources.js';
import { checkSelfImprove, selfImproveFaults } from './check-self-improve.js';
import { checkEvaluations, checkGates, checkStudents, trainingFaults } from './check-training.js';
import { poolUses } from './recipe-uses.js';
import { binFaults } from './quotas.js';
import { MAX_WRITTEN_VERSION } from './content-versions.js';
import type { Recipe } from './recipe.js';
import { drawsByScores } from './training-set.js';

/** A rule over several fields. It runs as soon as the top-level fields it reads are valid, so that all faults come at once. */
interface Rule {
  readonly reads: readonly (keyof Recipe)[];
  readonly check: (recipe: Recipe, report: Report) => void;
}

const rules: readonly Rule[] = [
  { reads: ['sources'], check: (recipe, report) => checkUnique('sources', recipe.sources, report) },
  { reads: ['sources'], check: checkSourceForms },
  { reads: ['sources', 'sourceChains'], check: checkSourceChains },
  { reads: ['teachers'], check: (recipe, report) => checkUnique('teachers', recipe.teachers, report) },
  { reads: ['cleaning'], check: checkBenchmarks },
  { reads: ['validation'], check: checkVerdicts },
  { reads: ['teachers', 'validation'], check: checkChainCounts },
  { reads: ['sources', 'validation'], check: checkAnswers },
  { reads: ['quotas', 'scoring'], check: checkQuotas },
  {
    reads: ['trainingSets'],
    check: (recipe, report) => checkUnique('trainingSets', recipe.trainingSets ?? [], report),
  },
  { reads: ['trainingSets', 'scoring'], check: checkTrainingSets },
  { reads: ['trainingSets', 'students'], check: checkStudents },
  { reads: ['students', 'evaluations'], check: checkEvaluations },
  { reads: ['evaluations', 'gates'], check: checkGates },
  { reads: ['trainingSets', 'students', 'evaluations', 'selfImprove'], check: checkSelfImprove },
  { reads: ['versions', 'version', 'trainingSets', 'students'], check: checkVersions },
];

/** Adds the rules over several fields to a recipe's schema. */
export function withRecipeRules<Schema extends z.ZodType<Recipe>>(schema: Schema): Schema {
  return rules.reduce((checked, rule) => {
    const refine = (recipe: Recipe, context: z.core.$RefinementCtx): void =>
      rule.check(recipe, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }));
    return checked.superRefine(refine, { when: ({ issues }) => !issues.some((issue) => concerns(rule, issue)) });
  }, schema);
}

/** Everything that a recipe names must exist in the deployment. Throws ConfigError that lists what there is. */
export function checkAgainstDeployment(recipe: Recipe, deployment: Deployment): void {
  const faults = [
    ...unknownNames(
      [
        ...poolUses(recipe).map(({ path, pool }) => ({ path, kind: 'pools' as const, name: pool })),
        ...recipe.sources.map(({ input }, index) => ({
          path: ['sources', index, 'input'],
          kind: 'inputs' as const,
          name: input,
        })),
      ],
      deployment,
    ),
    ...sourceInputFaults(recipe, deployment),
    ...benchmarkInputFaults(recipe, deployment),
    ...trainingFaults(recipe, deployment),
    ...selfImproveFaults(recipe, deployment),
  ];
  if (faults.length > 0) throw new ConfigError(`recipe "${recipe.name}"`, faults);
}

/** Whether an issue leaves the fields that a rule reads in doubt. Unknown keys beside sound fields do not. */
function concerns(rule: Rule, { code, path = [] }: z.core.$ZodRawIssue): boolean {
  return path.length === 0 ? code !== 'unrecognized_keys' : rule.reads.some((field) => field === path[0]);
}

/** A hash has to fit behind each version. */
function checkVersions({ versions, version, trainingSets = [], students = [] }: Recipe, report: Report): void {
  if (versions !== 'from-content') return;
  const written: readonly (readonly [Path, string])[] = [
    [['version'], version],
    ...trainingSets.map((set, index) => [['trainingSets', index, 'version'], set.version] as const),
    ...students.map((student, index) => [['students', index, 'version'], student.version] as const),
  ];
  for (const [path, found] of written)
    if (found.length > MAX_WRITTEN_VERSION)
      report(
        path,
        `expected at most ${MAX_WRITTEN_VERSION} characters before the hash that "versions: from-content" adds, found ${found.length}`,
      );
}

function checkUnique(
  field: 'sources' | 'teachers' | 'trainingSets',
  entries: readonly { readonly name: string }[],
  report: Report,
): void {
  entries.forEach(({ name }, index) => {
    const first = entries.findIndex((entry) => entry.name === name);
    if (first < index)
      report([field, index, 'name'], `expected another name than that of ${field}[${first}], found "${name}" again`);
  });
}

function checkVerdicts({ validation }: Recipe, report: Report): void {
  if (validation.judge !== undefined) return;
  if (validation.keep === 'both')
    report(
      ['validation', 'judge'],
      'expected a judge, since keep is "both": only a judge can say whether reasoning is sound; or write keep: solution',
    );
  if (validation.judgeWrongSolutions)
    report(['validation', 'judgeWrongSolutions'], 'expected false, or a judge to ask');
}

function checkChainCounts({ teachers, validation }: Recipe, report: Report): void {
  const { minVerified, maxChains } = validation;
  const first = teachers.reduce((sum, { chains }) => sum + chains, 0);
  if (minVerified > maxChains)
    report(
      ['validation', 'minVerified'],
      `expected at most maxChains (${maxChains}), found ${minVerified}: no question could be accepted`,
    );
  if (first > maxChains)
    report(
      ['validation', 'maxChains'],
      `expected at least the ${first} chains that the teachers write in the first step, found ${maxChains}`,
    );
}

/** A preset's own answer field is checked where presets are read (resolve.ts). */
function checkAnswers({ sources, validation }: Recipe, report: Report): void {
  if (validation.judge !== undefined) return;
  sources.forEach(({ preset, fields }, index) => {
    if (preset !== undefined || fields?.answer !== undefined || fields?.tests !== undefined) return;
    report(
      ['sources', index, 'fields', 'answer'],
      'expected the field of the reference answer, fields of tests, or validation.judge: without all of them nothing can be verified',
    );
  });
}

function checkQuotas({ quotas, scoring }: Recipe, report: Report): void {
  if (!quotas) return;
  for (const { bin, field, message } of binFaults(quotas))
    report(['quotas', 'bins', bin, ...(field === undefined ? [] : [field])], message);
  if (!scoring) report(['scoring'], 'expected scoring, since quotas are about RV and CD');
  // The length part of RV is a rank over the whole run: nobody knows it while the run still decides what to ask [ours].
  else if (scoring.lengthWeight !== 0)
    report(
      ['scoring', 'lengthWeight'],
      `expected 0, found ${scoring.lengthWeight}: quotas are filled while the build runs, and the length part of RV is known at its end only; with 0 RV is the judge's alone`,
    );
}

function checkTrainingSets({ trainingSets = [], scoring }: Recipe, report: Report): void {
  if (scoring) return;
  trainingSets.forEach((set, index) => {
    if (drawsByScores(set))
      report(
        ['trainingSets', index],
        'expected scoring in the recipe: this training set draws by RV and CD, and without scores no chain could be drawn; or write the kernel "all" without quotas for scores',
      );
  });
}
