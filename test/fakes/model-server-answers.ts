import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The part of a chat.completions body that the fake reads. */
export interface FakeRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly response_format?: { readonly json_schema?: { readonly schema?: { readonly properties?: object } } };
}

/** What the fake model says: its own thinking, and the text after it. */
export interface FakeAnswer {
  readonly thought: string;
  readonly solution: string;
}

/** A pure function of the request. `draw(label)` is a number in [0, 1) that depends on the request body and the label alone. */
export type Answerer = (request: FakeRequest, draw: (label: string) => number) => FakeAnswer;

/** Shares of right answers and sound reasoning; their product is about the share of chains that pass both verdicts. */
export interface Skill {
  readonly right: number;
  readonly sound: number;
  /** Share of chains made of medium length; the rest has an even draw of 1-9 steps. Default 0. */
  readonly medium?: number;
  /** Chains end with a number of their own: else many are equal, and equal asks about them share one call. */
  readonly distinct?: boolean;
}

export interface KnownQuestion {
  readonly question: string;
  readonly answer: string;
}

/** A question in the form that the built-in answerer solves, and its answer: `What is 17 * 4 + 12 ...?` */
export function fakeQuestion(index: number): KnownQuestion {
  const draw = drawFrom(`question ${index}`);
  const left = 2 + Math.floor(draw('left') * 97);
  const right = 2 + Math.floor(draw('right') * 97);
  const operator = ['+', '-', '*'][Math.floor(draw('operator') * 3)] ?? '+';
  const expression = `${left} ${operator} ${right}`;
  return { question: `Exercise ${index}: What is ${expression}?`, answer: String(calculate(left, operator, right)) };
}

/** Numbers in [0, 1) that depend on the seed and the label alone. */
export const drawFrom = (seed: string) => (label: string) =>
  createHash('sha256').update(`${label}\n${seed}`).digest().readUInt32BE(0) / 2 ** 32;

/** Reads rows with `question` and `answer`; other fields are ignored. */
export function readKnownQuestions(file: string): KnownQuestion[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as KnownQuestion);
}

/**
 * The built-in model. Solves `a OP b` and the known questions, answers judge schemas (told by their property names, in the schema or in
 * the prompt), and rewrites: a prompt that shows one of its own chains and no schema is taken as a rewriting order. A chain of at most 2
 * steps is easy, of 3-6 medium, of more hard; a rewrite moves most chains to medium at once, some after another round.
 */
export function builtInAnswerer(skill: Skill, known: readonly KnownQuestion[] = []): Answerer {
  const answers = new Map(known.map((row) => [firstLine(row.question), row.answer]));
  return (request, draw) => {
    const user = request.messages.filter((message) => message.role === 'user').map((message) => message.content);
    const text = user.join('\n');
    const right = solve(text, answers);
    const wanted = wantedFields(request);
    if (wanted.has('reasoning_valid')) return judge('validate', { ...validity(text, right, skill.sound) });
    if (wanted.has('difficulty')) return judge('rate', { difficulty: difficultyOf(stepsIn(text) ?? 1) });
    if (wanted.has('score')) return judge('score', { score: scoreOf(text, draw) });
    const steps = stepsIn(text);
    const answer = steps === undefined ? solved(right, draw, skill) : rewritten(text, steps, draw);
    return skill.distinct ? markedBy(Math.floor(draw('mark') * 1e9), answer) : answer;
  };
}

const judge = (task: string, answer: object): FakeAnswer => ({
  thought: `The task is to ${task}. I look at the {chain} first.`,
  solution: JSON.stringify({ rationale: `Looked at it to ${task}.`, ...answer }),
});

function solved(right: string, draw: (label: string) => number, skill: Skill): FakeAnswer {
  const any = 1 + Math.floor(draw('steps') * 9);
  const steps = draw('medium') < (skill.medium ?? 0) ? 3 + (any % 4) : any;
  const answer = draw('right') < skill.right ? right : String(Number(right) + 1 + Math.floor(draw('error') * 9));
  return { thought: chainOf(steps), solution: `The result is \\boxed{${answer}}.` };
}

/** Keeps the answer that the shown chain has, but for one rewrite in twenty. */
function rewritten(text: string, steps: number, draw: (label: string) => number): FakeAnswer {
  const shown = lastMatch(text, /\\boxed\{(-?[^{}]*)\}/g) ?? '0';
  const answer = draw('kept') < 0.95 ? shown : `${shown}1`;
  const target = draw('moved') < 0.75 ? 4 : steps;
  return {
    thought: 'The chain has to be rewritten; its result stays.',
    solution: `<thought>\n${chainOf(target)}\n</thought>\n<answer>\nThe result is \\boxed{${answer}}.\n</answer>`,
  };
}

/** The mark goes to the end of the chain, be it the thought or, of a rewrite, a part of the answer. */
const markedBy = (mark: number, { thought, solution }: FakeAnswer): FakeAnswer => ({
  thought: `${thought}\n\nWorking ${mark}.`,
  solution: solution.replace('\n</thought>', `\n\nWorking ${mark}.\n</thought>`),
});

const chainOf = (steps: number): string =>
  Array.from(
    { length: steps },
    (_, index) => `Step ${index + 1} of ${steps}: one operation is worked out and checked.`,
  ).join('\n\n');

/** Steps of the last chain that a text shows. */
function stepsIn(text: string): number | undefined {
  const steps = lastMatch(text, /Step \d+ of (\d+):/g);
  return steps === undefined ? undefined : Number(steps);
}

const difficultyOf = (steps: number): string => (steps <= 2 ? 'easy' : steps <= 6 ? 'medium' : 'hard');

function scoreOf(text: string, draw: (label: string) => number): number {
  return Math.min(9, Math.max(0, (stepsIn(text) ?? 4) - 1 + Math.floor(draw('score') * 3)));
}

/** Soundness hangs on the text shown, not on the whole body, so that a chain is judged alike under every prompt. */
function validity(text: string, right: string, sound: number): object {
  const solution = lastMatch(text, /\\boxed\{(-?[^{}]*)\}/g) === right;
  return { reasoning_valid: solution && drawFrom(text)('sound') < sound, solution_valid: solution };
}

function wantedFields(request: FakeRequest): ReadonlySet<string> {
  const properties = request.response_format?.json_schema?.schema?.properties;
  if (properties !== undefined) return new Set(Object.keys(properties));
  const text = request.messages.map((message) => message.content).join('\n');
  return new Set(['reasoning_valid', 'difficulty', 'score'].filter((name) => text.includes(`"${name}"`)));
}

function solve(text: string, answers: ReadonlyMap<string, string>): string {
  for (const line of answers.size === 0 ? [] : text.split('\n')) {
    const answer = answers.get(line.trim()) ?? answers.get(line.replace(/^\s*\w+:\s*/, '').trim());
    if (answer !== undefined) return answer;
  }
  const [, left, operator, right] = /(-?\d+)\s*([-+*x/])\s*(\d+)/.exec(text) ?? [];
  if (left === undefined || operator === undefined) return String(Math.floor(drawFrom(text)('guess') * 100));
  return String(calculate(Number(left), operator, Number(right)));
}

function calculate(left: number, operator: string, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '/' ? Math.trunc(left / right) : left * right;
}

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').trim();

function lastMatch(text: string, pattern: RegExp): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(pattern)) last = match[1];
  return last;
}
