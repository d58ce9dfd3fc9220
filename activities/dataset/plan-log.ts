import { describeFault, SourceError, type SourceFault } from '../sources/source-error.js';
import type { PlanManifest, PlanSource } from './plan-manifest.js';

/** Faults and duplicates that the manifest lists; all are counted. */
const MAX_LISTED = 100;
/** Faults that an error message lists. */
const MAX_SHOWN = 10;

type Duplicate = PlanManifest['duplicates'][number];
type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Counts of one source while it is read. */
export type SourceTally = Writable<Omit<PlanSource, 'accepted' | 'notNeeded' | 'chains'>>;

/** What a plan has to say about its rows: every row is counted, the first faults and duplicates are listed. */
export interface PlanLog {
  readonly rows: number;
  readonly faults: readonly SourceFault[];
  readonly duplicates: readonly Duplicate[];
  startSource(name: string): SourceTally;
  row(tally: SourceTally): void;
  /** Throws SourceError, with the first faults, when this is one bad row too many. */
  fault(tally: SourceTally, fault: SourceFault): void;
  duplicate(tally: SourceTally, duplicate: Duplicate): void;
  /** Throws SourceError: nothing was left to plan. */
  failWithoutQuestions(): never;
}

/** @param maxBadRows bad rows that are let pass, over all sources. */
export function createPlanLog(maxBadRows: number): PlanLog {
  const tallies: SourceTally[] = [];
  const faults: SourceFault[] = [];
  const duplicates: Duplicate[] = [];
  let rows = 0;
  const total = (count: 'badRows' | 'duplicates') => tallies.reduce((sum, tally) => sum + tally[count], 0);

  return {
    get rows() {
      return rows;
    },
    faults,
    duplicates,
    startSource(name) {
      const tally = { name, rows: 0, badRows: 0, duplicates: 0, badChains: 0, files: [] };
      tallies.push(tally);
      return tally;
    },
    row(tally) {
      rows += 1;
      tally.rows += 1;
    },
    fault(tally, fault) {
      tally[fault.kind === 'bad row' ? 'badRows' : 'badChains'] += 1;
      if (faults.length < MAX_LISTED) faults.push(fault);
      if (total('badRows') > maxBadRows) throw new SourceError(tooManyBadRows(maxBadRows, fault, faults));
    },
    duplicate(tally, duplicate) {
      tally.duplicates += 1;
      if (duplicates.length < MAX_LISTED) duplicates.push(duplicate);
    },
    failWithoutQuestions() {
      const counts = `${rows} rows read, ${total('badRows')} of them bad, ${total('duplicates')} duplicates`;
      throw new SourceError(`The sources have no question to plan: ${counts}.${listed(faults)}`);
    },
  };
}

function tooManyBadRows(maxBadRows: number, last: SourceFault, faults: readonly SourceFault[]): string {
  const badRows = faults.filter((fault) => fault.kind === 'bad row');
  const advice = 'mend the rows or the field mapping, or raise limits.maxBadRows';
  return `More than ${maxBadRows} source rows can't be read, the last is ${last.path}:${last.row}; ${advice}.${listed(badRows)}`;
}

function listed(faults: readonly SourceFault[]): string {
  if (faults.length === 0) return '';
  return ` The first faults:\n${faults
    .slice(0, MAX_SHOWN)
    .map((fault) => `  ${describeFault(fault)}`)
    .join('\n')}`;
}
