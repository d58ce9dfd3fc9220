import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { readJsonl } from '../../activities/sources/read-jsonl.js';

/** A row to grade. `line` is 1-based. */
export interface GradeRow {
  readonly line: number;
  /** The row's own id, or its line. */
  readonly id: string;
  /** The reference answer. */
  readonly answer: string;
  /** The solution to grade. */
  readonly text: string;
  readonly isCorrect: boolean | undefined;
}

export type GradeLine = GradeRow | { readonly line: number; readonly problem: string };

const EXPECTED =
  'expected an object with "answer" (text or number), "text" (text), and optionally "id" and "is_correct" (true or false)';

const RowFields = z.object({
  answer: z.union([z.string().trim().min(1), z.number().transform(String)]),
  text: z.string(),
  id: z.union([z.string(), z.number().transform(String)]).nullish(),
  is_correct: z.boolean().nullish(),
});

function toRow(line: number, fields: unknown): GradeLine {
  const parsed = RowFields.safeParse(fields);
  if (!parsed.success) {
    const faults = [...new Set(parsed.error.issues.map((issue) => `"${issue.path.join('.')}"`))];
    return { line, problem: `${faults.join(' and ')} missing or of another type; ${EXPECTED}` };
  }
  const { answer, text, id, is_correct: isCorrect } = parsed.data;
  return { line, id: id ?? `line-${line}`, answer, text, isCorrect: isCorrect ?? undefined };
}

const compressionOf = (name: string) => (name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : 'none');

/** Reads JSON Lines from a file (`.gz` and `.zst` too) or, for `-`, from the given input. Faults of a line are yielded, those of the file thrown. */
export async function* readGradeRows(file: string, input: Readable): AsyncGenerator<GradeLine> {
  const bytes = file === '-' ? input : createReadStream(file);
  for await (const item of readJsonl(bytes, { compression: compressionOf(file), name: file })) {
    yield 'fault' in item ? { line: item.number, problem: `${item.fault}; ${EXPECTED}` } : toRow(item.number, item.row);
  }
}
