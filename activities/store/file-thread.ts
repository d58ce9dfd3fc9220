import { parentPort } from 'node:worker_threads';
import { readWhole, writeTogether, type FileOutcome, type FileTask } from './whole-files.js';

/** What a file thread is sent: tasks with the numbers that their outcomes are to bear. */
export type FileTasks = readonly (readonly [number: number, task: FileTask])[];
/** What it answers, in as many parts as it likes. */
export type FileOutcomes = readonly (readonly [number: number, outcome: FileOutcome])[];

/** Run as a thread by file-threads.ts. What was read is answered before anything is forced to disk. */
parentPort?.on('message', (tasks: FileTasks) => {
  const reads: [number, FileOutcome][] = [];
  const writes = tasks.flatMap(([number, task]) => (task.kind === 'read' ? [] : [{ number, task }]));
  for (const [number, task] of tasks) if (task.kind === 'read') reads.push([number, readWhole(task.path)]);
  if (reads.length > 0) answer(reads);
  if (writes.length === 0) return;
  const outcomes = writeTogether(writes.map(({ task }) => task));
  answer(outcomes.map((outcome, at) => [writes[at]?.number ?? -1, outcome]));
});

const answer = (outcomes: FileOutcomes): void => parentPort?.postMessage(outcomes);
