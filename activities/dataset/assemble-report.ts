import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { renderReport } from '../report/render-report.js';
import { createSampler } from '../report/sample.js';
import type { TableFiles } from '../report/tables.js';
import { createTrails } from '../report/trail.js';
import type { ObjectStore } from '../store/object-store.js';
import type { FinishedQuestion } from './assemble-rows.js';
import type { DatasetStats } from './assemble-summary.js';
import type { CardRecipe } from './card-facts.js';
import type { CurrentPlan } from './current-plan.js';
import { contentHash, type DatasetFile } from './manifest.js';
import { policyOf, quotasOf } from './prepare-run.js';

export interface ReportContext {
  readonly store: ObjectStore;
  readonly plan: CurrentPlan;
  readonly resolved: CardRecipe;
  readonly stats: DatasetStats;
  readonly files: readonly DatasetFile[];
  /** Questions of each shard that was assembled, in their order. */
  readonly shardQuestions: readonly number[];
}

/** What `report.html` is made of, kept while the tables pass by: they are gone from the local disk once they are uploaded. */
export interface ReportMaterial {
  add(finished: FinishedQuestion): void;
  /** Takes a finished table file before it is deleted. */
  keep(path: string, localPath: string): Promise<void>;
  render(context: ReportContext): Promise<string>;
}

/** @param directory for the questions and the chain metadata of the version, which stay there. */
export function createReportMaterial(directory: string): ReportMaterial {
  const sampler = createSampler();
  const kept = new Map<string, string>();
  let ordinal = 0;

  function add(finished: FinishedQuestion): void {
    sampler.add(finished, ordinal);
    ordinal += 1;
  }

  async function keep(path: string, localPath: string): Promise<void> {
    if (!path.startsWith('questions/') && !path.startsWith('metadata/')) return;
    const own = join(directory, `report-${path.replaceAll('/', '-')}`);
    await link(localPath, own).catch(() => copyFile(localPath, own));
    kept.set(path, own);
  }

  const tableFiles = (files: readonly DatasetFile[]): TableFiles => {
    const of = (kind: DatasetFile['kind']) =>
      files
        .filter((file) => file.kind === kind)
        .map(({ path, rows }) => ({ path: kept.get(path) ?? path, rows: rows ?? 0 }));
    return { questions: of('questions'), metadata: of('metadata') };
  };

  async function render({ store, plan, resolved, stats, files, shardQuestions }: ReportContext): Promise<string> {
    return renderReport({
      stats,
      recipe: resolved,
      contentSha256: contentHash(files),
      files: tableFiles(files),
      sample: sampler.finish(),
      trails: createTrails({ store, plan, policy: policyOf(resolved.recipe), quotas: quotasOf(resolved.recipe) }),
      shardQuestions,
      temporaryDirectory: directory,
    });
  }

  return { add, keep, render };
}
