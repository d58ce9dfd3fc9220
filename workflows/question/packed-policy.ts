import type { QuestionPolicy, TeacherPolicy } from './policy.js';
import type { QuotaPolicy } from './quotas.js';

/**
 * A policy in one line, such as `teachers=slow*3>writer+fast*1 keep=both verified=2 chains=8 retries=1 judge=j scorer=s early critic=c rewriter=r rounds=3
 * kept=1 bins=0304+0459! reach=4`: it stands twice in the histories of every question, as its input and in its shard. [ours]
 */
export function packPolicy(policy: QuestionPolicy): string {
  const { align } = policy;
  const words: (string | false | undefined)[] = [
    `teachers=${policy.teachers.map(packTeacher).join('+')}`,
    policy.sourceSolver && `solver=${policy.sourceSolver}`,
    `keep=${policy.keep}`,
    `verified=${policy.minVerified}`,
    `chains=${policy.maxChains}`,
    `retries=${policy.truncatedRetries}`,
    policy.judge && `judge=${policy.judge}`,
    policy.judgeWrong && 'wrong',
    policy.scorer && `scorer=${policy.scorer}`,
    policy.scoreEarly && 'early',
    align && `critic=${align.critic} rewriter=${align.rewriter}`,
    align?.shortener && `shortener=${align.shortener}`,
    align && `rounds=${align.maxRounds} kept=${align.minKept}`,
    policy.quota && packQuota(policy.quota),
  ];
  return words.filter((word) => word).join(' ');
}

/** Throws an Error that names the word when the line is not of that form. */
export function unpackPolicy(packed: string): QuestionPolicy {
  const words = new Map(packed.split(' ').map((word) => [word.split('=', 1)[0] ?? '', word]));
  const text = (name: string): string | undefined => words.get(name)?.slice(name.length + 1) || undefined;
  const required = (name: string): string => text(name) ?? fail(name, 'a value', packed);
  const count = (name: string): number => toCount(required(name)) ?? fail(name, 'a whole number', packed);
  const keep = required('keep');
  if (keep !== 'both' && keep !== 'solution') return fail('keep', 'both or solution', packed);
  const [judge, scorer, shortener, sourceSolver] = [text('judge'), text('scorer'), text('shortener'), text('solver')];
  return {
    teachers: required('teachers')
      .split('+')
      .map((teacher) => unpackTeacher(teacher, packed)),
    ...(sourceSolver && { sourceSolver }),
    keep,
    minVerified: count('verified'),
    maxChains: count('chains'),
    truncatedRetries: count('retries'),
    ...(judge && { judge }),
    ...(words.has('wrong') && { judgeWrong: true }),
    ...(scorer && { scorer }),
    ...(words.has('early') && { scoreEarly: true }),
    ...(words.has('critic') && {
      align: {
        critic: required('critic'),
        rewriter: required('rewriter'),
        ...(shortener && { shortener }),
        maxRounds: count('rounds'),
        minKept: count('kept'),
      },
    }),
    ...(words.has('reach') && { quota: { bins: unpackBins(text('bins') ?? '', packed), reach: count('reach') } }),
  };
}

/** Lowest and highest RV, lowest and highest CD of each bin, with `!` behind the full ones: `bins=0304+0459! reach=4`. */
const packQuota = ({ bins, reach }: QuotaPolicy): string =>
  `bins=${bins.map(({ rv, cd, open }) => `${rv.join('')}${cd.join('')}${open ? '' : '!'}`).join('+')} reach=${reach}`;

const unpackBins = (bins: string, packed: string): QuotaPolicy['bins'] =>
  bins.split('+').map((bin) => {
    const [, a, b, c, d, full] = /^(\d)(\d)(\d)(\d)(!?)$/.exec(bin) ?? fail('bins', 'four digits each', packed);
    return { rv: [Number(a), Number(b)], cd: [Number(c), Number(d)], open: full === '' };
  });

const packTeacher = ({ pool, chains, solver }: TeacherPolicy): string =>
  `${pool}*${chains}${solver ? `>${solver}` : ''}`;

function unpackTeacher(teacher: string, packed: string): TeacherPolicy {
  const [, pool, chains = '', solver] = /^([^*>]+)\*([^*>]*)(?:>([^*>]+))?$/.exec(teacher) ?? [];
  const count = toCount(chains);
  if (!pool || count === undefined) return fail('teachers', 'pool*chains+pool*chains>pool of the second call', packed);
  return { pool, chains: count, ...(solver && { solver }) };
}

const toCount = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

function fail(name: string, expected: string, packed: string): never {
  throw new Error(`policy: expected ${name}=, ${expected}, in ${JSON.stringify(packed.slice(0, 300))}`);
}
