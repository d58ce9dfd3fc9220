/** A text as one word of the shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
