import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A place in the request log: what stands behind it happened later. */
export type LogMark = number;

export const markOf = (log: string): LogMark => statSync(log).size;

/** Answers with status 200 by the sha256 of their request's body, from a mark on. */
export function answersByBody(log: string, from: LogMark = 0): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of linesOf(log, from)) {
    const [status, body = ''] = line.split(' ');
    if (status === '200') counts.set(body, (counts.get(body) ?? 0) + 1);
  }
  return counts;
}

/** Answers with status 200 from a mark on. */
export const answersIn = (log: string, from: LogMark = 0): number =>
  linesOf(log, from).filter((line) => line.startsWith('200 ')).length;

/** Waits for the first answer behind a mark. Returns its time, performance.now() in ms, to within 25 ms. */
export async function firstAnswer(log: string, from: LogMark, timeoutMs: number): Promise<number> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await sleep(25)) {
    if (answersIn(log, from) > 0) return performance.now();
  }
  throw new Error(`${log}: no new answer within ${timeoutMs} ms`);
}

const linesOf = (log: string, from: LogMark): string[] =>
  readFileSync(log).subarray(from).toString('latin1').split('\n');
