import type { Source } from '../../config/recipe.js';
import type { QuestionCleaner, UnwantedQuestion } from '../cleaning/question-cleaner.js';
import type { SolutionNeed } from '../sources/chain-forms.js';
import { fits } from '../sources/row-conditions.js';
import { mapRow, type QuestionCandidate } from '../sources/map-row.js';
import { openFiles, placeOf, type OpenFiles } from '../sources/open-files.js';
import type { OpenInput } from '../sources/source-input.js';
import { questionId, sourceChainKey } from '../sources/question-id.js';
import type { QuestionRow } from '../sources/question-row.js';
import { fileForm, readFile } from '../sources/read-file.js';
import { rowFormOf, type RowForm, type SourcePresets } from '../sources/row-form.js';
import { createSeenQuestions } from '../sources/seen-questions.js';
import type { SourceItem } from '../sources/source-item.js';
import type { PlanLog, SourceTally } from './plan-log.js';

const ROWS_PER_HEARTBEAT = 1000;

export interface CandidateOptions {
  readonly log: PlanLog;
  /** undefined: exact duplicates alone are dropped. */
  readonly cleaner?: QuestionCleaner | undefined;
  readonly temporaryDirectory: string;
  /** Called often while reading; may throw to stop. */
  readonly onProgress: () => void;
  /** Ends a download that waits for the network. */
  readonly signal?: AbortSignal;
}

/** A source whose form is known and whose files are there. */
export interface OpenSource extends OpenFiles {
  readonly source: Source;
  readonly rowForm: RowForm;
}

export interface SourceOptions {
  readonly openInput: OpenInput;
  readonly presets: SourcePresets;
  /** optional: somebody is asked for the solutions of chains that have none. */
  readonly chainSolutions: SolutionNeed;
}

/** Throws SourceError for unknown inputs and presets, missing files and forms that can't be read, before anything is read; SourceUnavailable. */
export async function openSource(
  source: Source,
  { openInput, presets, chainSolutions }: SourceOptions,
): Promise<OpenSource> {
  const rowForm = { ...rowFormOf(source, presets), chainSolutions };
  const place = placeOf(source, presets);
  place.paths.forEach(fileForm);
  return { source, rowForm, ...(await openFiles(place, openInput)) };
}

export interface SourceQuestions {
  readonly tally: SourceTally;
  /** The good questions of the source that no earlier row of any source had, in order. Throws SourceError and StoreError. */
  readonly questions: AsyncIterable<QuestionRow>;
}

/** Reads the sources of one plan. Read one to its end before the next, in their order: of equal questions the first stays. */
export type ReadSource = (source: OpenSource, maxQuestions: number) => SourceQuestions;

export function createReadSource(options: CandidateOptions): ReadSource {
  const { log, cleaner, temporaryDirectory, onProgress, signal } = options;
  const filterOf = createQuestionFilter(options);
  const counted = {
    ...(cleaner?.findsNearDuplicates && { nearDuplicates: 0 }),
    ...(cleaner?.benchmarks && { contaminated: 0 }),
  };

  async function* questionsOf(open: OpenSource, tally: SourceTally, maxQuestions: number): AsyncGenerator<QuestionRow> {
    let left = maxQuestions;
    for (const file of open.files) {
      const reading = readFile(file, { temporaryDirectory, onProgress, signal });
      const entry: SourceTally['files'][number] = { path: file.path, bytes: file.bytes };
      tally.files.push(entry);
      const toQuestion = filterOf(open, tally, file.path);
      for await (const item of reading.items) {
        const question = toQuestion(item);
        if (log.rows % ROWS_PER_HEARTBEAT === 0) onProgress();
        if (question === undefined) continue;
        yield question;
        left -= 1;
        if (left === 0) return;
      }
      const sha256 = reading.sha256();
      if (sha256 !== undefined) entry.sha256 = sha256;
    }
  }

  return function readSource(open, maxQuestions) {
    const tally = log.startSource(open.source.name, counted);
    if (open.dataset !== null) Object.assign(tally, { dataset: open.dataset, revision: open.revision });
    return { tally, questions: questionsOf(open, tally, maxQuestions) };
  };
}

/** Turns an item of a file into a question, or undefined: bad rows, and questions that were there before or are unwanted, go to the log. */
type FileFilter = (item: SourceItem) => QuestionRow | undefined;

/** The filter knows every question of the plan so far; it gives each file a function of its own. */
function createQuestionFilter({
  log,
  cleaner,
}: Pick<CandidateOptions, 'log' | 'cleaner'>): (open: OpenSource, tally: SourceTally, path: string) => FileFilter {
  const seen = createSeenQuestions();
  const files: { readonly source: string; readonly path: string }[] = [];

  function logUnwanted(tally: SourceTally, { id, dropped }: DroppedQuestion, unwanted: UnwantedQuestion): void {
    if (unwanted.kind === 'contaminated') {
      log.contamination(tally, { id, dropped, ...contaminationOf(unwanted) });
      return;
    }
    const { first: firstId, similarity } = unwanted;
    const place = seen.find(firstId);
    const first = { ...(files[place?.file ?? -1] ?? dropped), row: place?.row ?? dropped.row };
    log.nearDuplicate(tally, { id, firstId, first, dropped, similarity });
  }

  return function filterOf({ source, rowForm, dataset, revision }, tally, path) {
    const place = { source: source.name, path };
    const file = files.push(place) - 1;
    const origin = { ...(dataset !== null && { dataset }), revision, licence: rowForm.licence };

    return function toQuestion(item) {
      const row = item.number;
      log.row(tally);
      if (!('fault' in item) && !fits(item.row, source.only)) {
        log.passOver(tally);
        return undefined;
      }
      const mapped = 'fault' in item ? item : mapRow(item.row, rowForm);
      if ('fault' in mapped) {
        log.fault(tally, { kind: 'bad row', ...place, row, message: mapped.fault });
        return undefined;
      }
      const { candidate, chainFaults } = mapped;
      const id = questionId(candidate.question);
      const first = seen.add(id, { file, row });
      if (first !== undefined) {
        const firstPlace = { ...(files[first.file] ?? place), row: first.row };
        log.duplicate(tally, { id, first: firstPlace, dropped: { ...place, row } });
        return undefined;
      }
      const unwanted = cleaner?.check(candidate.question);
      if (unwanted) {
        logUnwanted(tally, { id, dropped: { ...place, row } }, unwanted);
        return undefined;
      }
      for (const message of chainFaults) log.fault(tally, { kind: 'bad chain', ...place, row, message });
      const { rowId } = candidate;
      return questionRow(id, candidate, { ...place, row, rowId, ...origin });
    };
  };
}

interface DroppedQuestion {
  readonly id: string;
  readonly dropped: { readonly source: string; readonly path: string; readonly row: number };
}

const contaminationOf = ({ benchmark, method, value }: Extract<UnwantedQuestion, { kind: 'contaminated' }>) => ({
  benchmark: benchmark.benchmark,
  benchmarkPath: benchmark.path,
  benchmarkRow: benchmark.row,
  benchmarkId: benchmark.id,
  method,
  value,
});

const questionRow = (id: string, candidate: QuestionCandidate, provenance: QuestionRow['provenance']): QuestionRow => ({
  id,
  question: candidate.question,
  answer: candidate.answer,
  domain: candidate.domain,
  chains: candidate.chains.map(({ teacher, thought, solution }) => ({
    key: sourceChainKey(id, thought, solution),
    teacher,
    thought,
    solution,
  })),
  ...(candidate.metadata !== undefined && { metadata: candidate.metadata }),
  ...(candidate.tests !== undefined && { tests: candidate.tests }),
  provenance,
});
