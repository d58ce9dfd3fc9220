import type { ConfigFault, Report } from './config-error.js';
import type { Deployment } from './deployment.js';
import { unknownNames } from './deployment-names.js';
import type { Evaluation } from './evaluation.js';
import type { Recipe } from './recipe.js';
import { foreignFields, improveOfRound, MAX_STUDENT_NAME, roundName, type SelfImprove } from './self-improve.js';
import type { Student } from './student.js';
import { viewName, type TrainingView } from './training-view.js';
import { studentView } from './student.js';

/** Rules over the self-improvement of a recipe, its students and evaluations. */
export function checkSelfImprove(recipe: Recipe, report: Report): void {
  const { selfImprove, students = [], evaluations = [] } = recipe;
  if (!selfImprove) return;
  const tell: Report = (path, message) => report(['selfImprove', ...path], message);
  const student = students.find(({ name }) => name === selfImprove.student);
  if (!student)
    tell(['student'], `expected ${oneOf(students)}, found "${selfImprove.student}": its training is the imitation`);
  else checkStudent(recipe, student, tell);
  checkScore(selfImprove, evaluations, tell);
  checkExplore(selfImprove, tell);
  checkImprove(selfImprove, student, tell);
  checkRounds(selfImprove, student, tell);
}

function checkStudent({ students = [], trainingSets = [] }: Recipe, student: Student, tell: Report): void {
  const wanted = (what: string, found: string): void =>
    tell(['student'], `expected a student ${what}, found "${student.name}" ${found}`);
  if (student.method !== 'sft') wanted('that is trained by sft', `by ${student.method}`);
  if (student.set !== 'default') wanted('with the set "default"', `with "${student.set}"`);
  if (student.control !== 'none') wanted('that is no control', `with control: ${student.control}`);
  const view = viewOf(student, trainingSets);
  if (view && view.form !== 'messages') wanted('on a view of the form messages', `on one of the form ${view.form}`);
  else if (view && 'thought' in view && view.thought === 'none')
    wanted('that learns thoughts', 'on a view with thought: none');
  if (student.name.length > MAX_STUDENT_NAME)
    wanted(`whose name has at most ${MAX_STUDENT_NAME} characters, for the rounds' names behind it`, `with more`);
  const taken = students.find(({ name }) => new RegExp(`^${escaped(student.name)}-r\\d+$`).test(name));
  if (taken) wanted(`whose rounds may be called ${roundName(student.name, 1)} and so on`, `beside "${taken.name}"`);
}

/** View that a student learns, as far as the recipe has it. */
const viewOf = (student: Student, sets: NonNullable<Recipe['trainingSets']>): TrainingView | undefined =>
  sets.find(({ name }) => name === student.trainingSet)?.views.find((view) => viewName(view) === studentView(student));

const escaped = (text: string): string => text.replaceAll('.', '\\.');

/** Evaluations that ask the student, in the order of the recipe. Pure. */
export const roundEvaluations = (
  { student }: Pick<SelfImprove, 'student'>,
  evaluations: readonly Evaluation[],
): readonly Evaluation[] =>
  evaluations.filter(({ models }) => models.some((model) => 'student' in model && model.student === student));

function checkScore(selfImprove: SelfImprove, evaluations: readonly Evaluation[], tell: Report): void {
  const { evaluation, student, loop } = selfImprove;
  const asking = roundEvaluations(selfImprove, evaluations);
  const list = asking.map(({ name }) => name).join(', ') || 'there is none';
  if (evaluation !== undefined && !asking.some(({ name }) => name === evaluation))
    tell(
      ['evaluation'],
      `expected an evaluation of this recipe that asks "${student}" (${list}), found "${evaluation}"`,
    );
  if (loop.patience !== undefined && asking.length === 0)
    tell(['loop', 'patience'], `expected an evaluation that asks "${student}": without scores none can be waited for`);
}

function checkExplore({ explore }: SelfImprove, tell: Report): void {
  const { sources, maxChains, firstChains, enough, judge } = explore;
  if (firstChains > maxChains)
    tell(['explore', 'maxChains'], `expected at least firstChains (${firstChains}), found ${maxChains}`);
  if (enough > maxChains)
    tell(
      ['explore', 'enough'],
      `expected at most maxChains (${maxChains}), found ${enough}: no question could have so many`,
    );
  sources.forEach(({ name, preset, fields }, index) => {
    if (sources.findIndex((other) => other.name === name) < index)
      tell(['explore', 'sources', index, 'name'], `expected a name of its own, found "${name}" again`);
    if (judge !== undefined || preset !== undefined || fields?.answer !== undefined || fields?.tests !== undefined)
      return;
    tell(
      ['explore', 'sources', index, 'fields', 'answer'],
      'expected the field of the reference answer, fields of tests, or explore.judge: without all of them no chain is ever right',
    );
  });
}

function checkImprove({ improve, loop }: SelfImprove, student: Student | undefined, tell: Report): void {
  const { settings, preset, from } = improve;
  if (improve.variant === 'dpo') {
    if (settings.packing === true) tell(['improve', 'settings', 'packing'], 'expected false: only SFT packs rows');
    if (settings.beta === undefined && preset === undefined)
      tell(['improve', 'settings', 'beta'], 'expected the beta of DPO, or a preset that has one');
    if (from === 'backbone')
      tell(
        ['improve', 'from'],
        'expected imitation or last: DPO prefers among answers of a model that can already write them, and the backbone has not learnt to',
      );
    if (loop.minNewChains < improve.minPairs && loop.minNewChains > 1)
      tell(
        ['loop', 'minNewChains'],
        `expected at least improve.minPairs (${improve.minPairs}), found ${loop.minNewChains}`,
      );
    return;
  }
  if (settings.beta !== undefined) tell(['improve', 'settings', 'beta'], 'expected none: SFT has no beta');
  if (settings.sftWeight !== undefined) tell(['improve', 'settings', 'sftWeight'], 'expected none: all of it is SFT');
  if (from === 'backbone' && improve.rows === 'new')
    tell(['improve', 'rows'], 'expected all: a round that begins at the backbone would forget the seed');
  if (from === 'backbone' && student && 'student' in student.base)
    tell(
      ['improve', 'from'],
      `expected imitation or last: "${student.name}" is trained from another student, not from a model`,
    );
}

/** Each round with changes has to be one that all rounds could be. */
function checkRounds(selfImprove: SelfImprove, student: Student | undefined, tell: Report): void {
  const { rounds = [], improve } = selfImprove;
  rounds.forEach(({ round, improve: change }, index) => {
    const at: Report = (path, message) => tell(['rounds', index, ...path], message);
    if (rounds.findIndex((other) => other.round === round) < index)
      return at(['round'], `expected a round of its own, found ${round} again`);
    const foreign = foreignFields(improve, change);
    for (const field of foreign) at(['improve', field], `expected a field of variant ${improve.variant}`);
    if (foreign.length === 0)
      checkImprove({ ...selfImprove, improve: improveOfRound(selfImprove, round) }, student, at);
  });
}

/** What the exploration names in a deployment and what is not there. */
export function selfImproveFaults({ selfImprove }: Recipe, deployment: Deployment): ConfigFault[] {
  if (!selfImprove) return [];
  const { sources, judge } = selfImprove.explore;
  const at = ['selfImprove', 'explore'];
  const namings = [
    ...sources.map(({ input }, index) => ({
      path: [...at, 'sources', index, 'input'],
      kind: 'inputs' as const,
      name: input,
    })),
    ...(judge ? [{ path: [...at, 'judge', 'pool'], kind: 'pools' as const, name: judge.pool }] : []),
  ];
  return unknownNames(namings, deployment);
}

const oneOf = (named: readonly { readonly name: string }[]): string =>
  named.length === 0
    ? 'a student of this recipe, which has none'
    : `a student of this recipe (${named.map(({ name }) => name).join(', ')})`;
