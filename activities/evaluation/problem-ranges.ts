import { canonicalJson } from '../../config/canonical-json.js';
import { SourceError } from '../sources/source-error.js';
import { readBenchmarkRows, type BenchmarkReading } from './benchmark-rows.js';
import type { EvaluationPlan, ProblemRange } from './evaluation-plan.js';
import type { Problem } from './problem.js';

/** Reads the problems of a range; they live in memory only. */
export interface ProblemRanges {
  /** In the order of their ids. Throws SourceError when the benchmark is not the one that the plan was made of, and what reading throws. */
  read(plan: EvaluationPlan, range: ProblemRange, signal: AbortSignal): Promise<readonly Problem[]>;
}

type ById = ReadonlyMap<string, Problem>;
type Read = Pick<EvaluationPlan, 'place' | 'form'>;

/** Models are evaluated side by side on the same benchmarks; texts of all but programs are a few megabytes. [ours] */
const KEPT_BENCHMARKS = 3;

export function createProblemRanges(reading: Omit<BenchmarkReading, 'signal'>): ProblemRanges {
  const kept = new Map<string, Promise<ById>>();

  async function readProblems(
    { place, form }: Read,
    wanted?: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<ById> {
    const { dataset, revision, ...files } = place;
    const { collector } = await readBenchmarkRows(
      { place: { ...files, dataset: dataset ?? undefined, revision: revision ?? undefined }, form },
      { ...reading, ...(signal && { signal }) },
      wanted && ((id) => wanted.has(id)),
    );
    return new Map(collector.collected().problems.map((problem) => [problem.id, problem]));
  }

  function keptProblems(key: string, read: Read): Promise<ById> {
    const known = kept.get(key);
    if (known) return known;
    const loading = readProblems(read);
    kept.set(key, loading);
    loading.catch(() => forget(key, loading));
    const [oldest] = kept.keys();
    if (kept.size > KEPT_BENCHMARKS && oldest !== undefined) kept.delete(oldest);
    return loading;
  }

  function forget(key: string, loading: Promise<ById>): void {
    if (kept.get(key) === loading) kept.delete(key);
  }

  /** What was kept may be of a file that was another one then. */
  async function fromKept(ids: readonly string[], { place, form }: Read): Promise<readonly Problem[] | undefined> {
    const key = canonicalJson({ place, form });
    const loading = keptProblems(key, { place, form });
    const problems = all(ids, await loading);
    if (problems) return problems;
    forget(key, loading);
    return all(ids, await keptProblems(key, { place, form }));
  }

  return {
    async read(plan, { from, to }, signal) {
      const ids = plan.ids.slice(from, to);
      // Tests of programs are gigabytes: each range reads the file again and keeps its own.
      const isLarge = plan.form.evaluation.grader.kind === 'code';
      const problems = isLarge ? all(ids, await readProblems(plan, new Set(ids), signal)) : await fromKept(ids, plan);
      if (problems) return problems;
      throw changed(plan);
    },
  };
}

/** undefined when one is missing. */
function all(ids: readonly string[], found: ById): readonly Problem[] | undefined {
  const problems = ids.map((id) => found.get(id)).filter((problem) => problem !== undefined);
  return problems.length === ids.length ? problems : undefined;
}

const changed = ({ benchmark, place }: EvaluationPlan): SourceError =>
  new SourceError(
    `${benchmark.title} has other problems than when the evaluation began (${place.paths.join(', ')} of input "${place.input}"). Put the file back, or evaluate again under another run name.`,
  );
