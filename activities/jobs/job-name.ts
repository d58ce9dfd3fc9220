const HASH_DIGITS = 12;

/** What a job is named by. */
export interface JobIdentity {
  /** What the job does: the first word of its name. */
  readonly kind: string;
  /** For people: whom or what it is for. */
  readonly about: string;
  /** SHA-256, hex, of everything that decides about the job. */
  readonly sha256: string;
  /** Most characters that are left of `about`: a name has 63 at most, and those of later attempts and restarts are taken too. */
  readonly characters: number;
}

/** `<kind>-<about>-<12 digits>`, fit for every launcher; without the middle when nothing of it is left. Pure. */
export function jobName({ kind, about, sha256, characters }: JobIdentity): string {
  const readable = about
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, characters)
    .replace(/-+$/, '');
  return [kind, readable, sha256.slice(0, HASH_DIGITS)].filter((part) => part !== '').join('-');
}
