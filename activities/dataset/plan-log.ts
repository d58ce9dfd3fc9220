import { describeFault, SourceError, type SourceFault } from '../sources/source-error.js';
import type { PlanManifest, PlanSource } from './plan-manifest.js';

/** Faults and duplicates that the manifest lists; all are counted. */
const MAX_LISTED = 100;
/** Faults that an error message lists. */
const MAX_SHOWN = 10;

type Duplicate = PlanManifest['duplicates'][number];
type NearDuplicate = NonNullable<PlanManifest['nearDuplicates']>[number];
type Contaminated = NonNullable<PlanManifest['contaminated']>[number];
type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Counts of one source while it is read. */
export type SourceTally = Writable<Omit<PlanSource, 'accepted' | 'notNeeded' | 'chains'>>;

/** What a plan has to say about its rows: every row is counted, the first faults and duplicates are listed. */
export interface PlanLog {
  readonly rows: number;
  readonly faults: readonly SourceFault[];
  readonly duplicates: readonly Duplicate[];
  readonly nearDuplicates: readonly NearDuplicate[];
  readonly contaminated: readonly Contaminated[];
  /** `counted`: zeros for what the plan looks for beside the usual. */
  startSource(name: string, counted?: Pick<PlanSource, 'nearDuplicates' | 'contaminated'>): SourceTally;
  row(tally: SourceTally): void;
  /** A row that the source is not to take. */
  passOver(tally: SourceTally): void;
  /** Throws SourceError, with the first faults, when this is one bad row too many. */
  fault(tally: SourceTally, fault: SourceFault): void;
  duplicate(tally: SourceTally, duplicate: Duplicate): void;
  nearDuplicate(tally: SourceTally, duplicate: NearDuplicate): void;
  contamination(tally: SourceTally, question: Contaminated): void;
  /** Throws SourceError: nothing was left to plan. */
  failWithoutQuestions(): never;
}

/** @param maxBadRows bad rows that are let pass, over all sources. */
export function createPlanLog(maxBadRows: number): PlanLog {
  const tallies: SourceTally[] = [];
  const faults: SourceFault[] = [];
  const duplicates: Duplicate[] = [];
  const nearDuplicates: NearDuplicate[] = [];
  const contaminated: Contaminated[] = [];
  let rows = 0;
  const total = (count: 'badRows' | 'duplicates' | 'nearDuplicates' | 'contaminated' | 'passedOver') =>
    tallies.reduce((sum, tally) => sum + (tally[count] ?? 0), 0);

  return {
    get rows() {
      return rows;
    },
    faults,
    duplicates,
    nearDuplicates,
    contaminated,
    startSource(name, counted) {
      const tally = { name, rows: 0, badRows: 0, duplicates: 0, ...counted, badChains: 0, files: [] };
      tallies.push(tally);
      return tally;
    },
    row(tally) {
      rows += 1;
      tally.rows += 1;
    },
    passOver(tally) {
      tally.passedOver = (tally.passedOver ?? 0) + 1;
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
    nearDuplicate(tally, duplicate) {
      tally.nearDuplicates = (tally.nearDuplicates ?? 0) + 1;
      if (nearDuplicates.length < MAX_LISTED) nearDuplicates.push(duplicate);
    },
    contamination(tally, question) {
      tally.contaminated = (tally.contaminated ?? 0) + 1;
      if (contaminated.length < MAX_LISTED) contaminated.push(question);
    },
    failWithoutQuestions() {
      const cleaned = [
        ...(total('passedOver') > 0 ? [`${total('passedOver')} passed over by "only"`] : []),
        ...(total('nearDuplicates') > 0 ? [`${total('nearDuplicates')} near duplicates`] : []),
        ...(total('contaminated') > 0 ? [`${total('contaminated')} questions of benchmarks`] : []),
      ];
      const counts = [`${rows} rows read`, `${total('badRows')} of them bad`, `${total('duplicates')} duplicates`]
        .concat(cleaned)
        .join(', ');
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
