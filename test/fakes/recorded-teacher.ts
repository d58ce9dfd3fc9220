import { readFileSync } from 'node:fs';
import {
  startFakeModelServer,
  type FakeAnswer,
  type FakeModelOptions,
  type FakeModelServer,
  type FakeRequest,
} from './model-server.js';

/** Real solutions of one question, right and wrong, in the order in which they are given out. */
export interface RecordedQuestion {
  readonly question: string;
  readonly solutions: readonly string[];
}

export interface RecordedTeacherOptions extends Omit<FakeModelOptions, 'answer' | 'skill' | 'questionsFile'> {
  /** The recording, or a JSONL file of it. */
  readonly recording: readonly RecordedQuestion[] | string;
}

/** What the judge roles are told: the recording is about extraction and grading, so nothing may depend on a judge. */
const JUDGEMENTS: Readonly<Record<string, object>> = {
  reasoning_valid: { rationale: '', reasoning_valid: true, solution_valid: true },
  difficulty: { rationale: '', difficulty: 'medium' },
  score: { rationale: '', score: 5 },
};

interface Recorded extends RecordedQuestion {
  readonly needle: string;
  /** Seeds in the order of their first request: each gets the next solution and keeps it. */
  readonly seeds: Map<number, number>;
  unseeded: number;
}

const normalised = (text: string): string => text.replace(/\s+/g, ' ').trim();

function judgementFor(request: FakeRequest): object | undefined {
  const asked = request.response_format
    ? JSON.stringify(request.response_format)
    : request.messages.map((message) => message.content).join('\n');
  return Object.entries(JUDGEMENTS).find(([field]) => asked.includes(`"${field}"`))?.[1];
}

function nextSolution(recorded: Recorded, seed: number | undefined): string {
  const { seeds, solutions } = recorded;
  if (seed !== undefined && !seeds.has(seed)) seeds.set(seed, seeds.size + recorded.unseeded);
  const turn = seed === undefined ? seeds.size + recorded.unseeded++ : (seeds.get(seed) ?? 0);
  return solutions[turn % solutions.length] ?? '';
}

/** A model that answers with recorded solutions. Equal seeds get equal answers; a new one gets the question's next solution, and all come round again. */
export function recordedAnswerer(recording: readonly RecordedQuestion[]): (request: FakeRequest) => FakeAnswer {
  const known: readonly Recorded[] = recording
    .map((row) => ({ ...row, needle: normalised(row.question), seeds: new Map<number, number>(), unseeded: 0 }))
    // A question may stand inside a longer one.
    .sort((a, b) => b.needle.length - a.needle.length);
  return (request) => {
    const judgement = judgementFor(request);
    if (judgement) return { thought: '', solution: JSON.stringify(judgement) };
    const text = normalised(request.messages.filter(({ role }) => role === 'user').at(-1)?.content ?? '');
    const recorded = known.find(({ needle }) => text.includes(needle));
    if (!recorded) throw new Error('no recorded question stands in the last user message');
    return { thought: '', solution: nextSolution(recorded, (request as { readonly seed?: number }).seed) };
  };
}

/** Reads rows with `question` and `solutions`; other fields are ignored. */
export function readRecording(file: string): RecordedQuestion[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as RecordedQuestion);
}

/**
 * Runs an OpenAI-compatible server that answers each recorded question with its real solutions, as plain content without a thought, and
 * every judge prompt with a constant valid verdict. A question that is not recorded gets 400.
 */
export function startRecordedTeacher(options: RecordedTeacherOptions): Promise<FakeModelServer> {
  const { recording, ...server } = options;
  const rows = typeof recording === 'string' ? readRecording(recording) : recording;
  return startFakeModelServer({
    models: ['recorded-teacher'],
    flavour: 'none',
    ...server,
    answer: recordedAnswerer(rows),
  });
}
