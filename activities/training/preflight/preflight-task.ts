import type { Preflight, Student } from '../../../config/student.js';
import type { PreflightBase } from './preflight-report.js';

/** What is to be looked at before a training: everything that the training itself would get. */
export interface PreflightTask {
  readonly run: string;
  /** Name of the student. */
  readonly student: string;
  readonly method: Student['method'];
  /** For messages. */
  readonly base: PreflightBase;
  /** Name of the trainer of the deployment. */
  readonly trainer: string;
  /** Absolute path of the training's configuration (that of `train.py`), as worker and jobs see it. The report is written beside it. */
  readonly configPath: string;
  /** Of the training's job, made from its content; the job of the preflight is named after it. */
  readonly jobName: string;
  readonly limits: Preflight;
}

/** What a workflow keeps of a preflight that found nothing against the training. */
export interface PreflightSummary {
  /** Store key of the report; registration copies it to `models/<name>/<version>/preflight.json`. */
  readonly reportKey: string;
  readonly rows: number;
  readonly steps: number;
  readonly tokens: number;
  /** Share of the rows that maxLength cuts. */
  readonly cutShare: number;
  readonly memoryMiB: number;
  readonly seconds: number | null;
}

/** Where a run keeps the report of a student's preflight, refused ones too. */
export const preflightKey = (run: string, student: string): string => `runs/${run}/students/${student}/preflight.json`;
