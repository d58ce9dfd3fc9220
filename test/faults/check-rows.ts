import { join } from 'node:path';
import { readParquet } from '../support/read-parquet.js';

/** What a published data set says of chains that could not be judged. */
export interface RowCheck {
  readonly chains: number;
  readonly scored: number;
  readonly unscored: number;
  /** Chains not accepted, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Rules that rows break, with how many do. Empty: none. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Conditions that no row may meet. */
const FORBIDDEN = {
  'a score outside 0-9': 'rv_judge NOT BETWEEN 0 AND 9 OR cd NOT BETWEEN 0 AND 9 OR rv NOT BETWEEN 0 AND 9',
  'scored without both scores': "scoring = 'scored' AND (rv_judge IS NULL OR cd IS NULL)",
  'unscored with both scores': "scoring = 'unscored' AND rv_judge IS NOT NULL AND cd IS NOT NULL",
  'an RV without its judge': 'rv IS NOT NULL AND rv_judge IS NULL',
  'not scored with a score': "scoring = 'none' AND (rv_judge IS NOT NULL OR cd IS NOT NULL)",
  'accepted without verdicts': "outcome = 'accepted' AND NOT (reasoning_valid AND solution_grade = 'equal')",
  'accepted without rating': "outcome = 'accepted' AND len(ratings) = 0",
  'accepted without text': "outcome = 'accepted' AND (thought IS NULL OR solution IS NULL)",
  'not accepted without reason': "outcome <> 'accepted' AND reason IS NULL",
  failed: "outcome = 'failed'",
} as const;

/** Reads the chain tables that readPublished has downloaded to a directory. */
export async function checkRows(directory: string): Promise<RowCheck> {
  const files = join(directory, 'chains', '*.parquet');
  const count = async (condition: string): Promise<number> => {
    const [row] = await readParquet(files, `SELECT count(*) FILTER (${condition}) AS n FROM file`);
    return Number(row?.['n']);
  };
  const faults: Record<string, number> = {};
  for (const [name, condition] of Object.entries(FORBIDDEN)) {
    const rows = await count(condition);
    if (rows > 0) faults[name] = rows;
  }
  const byReason = await readParquet(
    files,
    'SELECT reason, count(*) AS n FROM file WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason',
  );
  return {
    chains: await count('true'),
    scored: await count("scoring = 'scored'"),
    unscored: await count("scoring = 'unscored'"),
    reasons: Object.fromEntries(byReason.map((row) => [textOf(row['reason']), Number(row['n'])])),
    faults,
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
