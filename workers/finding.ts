/** One thing that was checked: what is wrong, and how to mend it. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly mend?: string;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What looking at something says, or what it throws with how to mend that. */
export async function finding(check: string, mend: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await look() };
  } catch (error) {
    return { check, ok: false, detail: messageOf(error), mend };
  }
}
