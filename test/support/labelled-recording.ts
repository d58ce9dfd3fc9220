import { readFileSync } from 'node:fs';

/** A question with recorded solutions, each labelled by whoever recorded it. */
export interface LabelledQuestion {
  readonly question: string;
  readonly solutions: readonly { readonly text: string; readonly isCorrect: boolean }[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Text and label of one recorded solution in the forms that recordings have, or undefined for any other field. */
function solutionOf(value: unknown): LabelledQuestion['solutions'][number] | undefined {
  if (!isFields(value) || typeof value['is_correct'] !== 'boolean') return undefined;
  const text = value['text'] ?? value['solution'];
  return typeof text === 'string' ? { text, isCorrect: value['is_correct'] } : undefined;
}

/**
 * Reads rows with `question` and solutions `{ text or solution, is_correct }`: in a list `chains` or `solutions`, or as fields of their own.
 * Throws for a row without one.
 */
export function readLabelledRecording(file: string): LabelledQuestion[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const row = JSON.parse(line) as Fields;
    const listed = row['chains'] ?? row['solutions'];
    const solutions = (Array.isArray(listed) ? listed : Object.values(row)).flatMap((value) => solutionOf(value) ?? []);
    if (typeof row['question'] !== 'string' || solutions.length === 0)
      throw new Error(`${file} line ${index + 1}: expected "question" and solutions with "is_correct"`);
    return [{ question: row['question'], solutions }];
  });
}
