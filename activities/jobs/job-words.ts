import type { JobEnd } from './job-launcher.js';

const LOG_LINES = 20;
const LOG_CHARACTERS = 4_000;

/** How a job ended: `failed, exit code 1 (what the job system says)`. Pure. @param reason what the caller found out, in place of the job system's */
export function endWords({ exitCode, detail, ...end }: Omit<JobEnd, 'signal'>, reason = end.reason): string {
  const code = exitCode === null ? '' : `, exit code ${exitCode}`;
  return `${reason}${code}${detail === null ? '' : ` (${detail})`}`;
}

/** The last lines, without control characters; a progress bar's lines that were written over are gone. Pure. */
export function lastLines(log: string): string {
  const lines = log
    .split('\n')
    .map((line) =>
      line
        .slice(line.lastIndexOf('\r', line.length - 2) + 1)
        .replace(/\p{Cc}+/gu, ' ')
        .trimEnd(),
    )
    .filter((line) => line !== '');
  return lines.slice(-LOG_LINES).join('\n').slice(-LOG_CHARACTERS);
}
