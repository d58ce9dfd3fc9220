/** A number in the name of a file or folder: names sort as their numbers do, below 100,000. */
export const fiveDigits = (number: number): string => String(number).padStart(5, '0');

/** `train-00000-of-00003.parquet`: one of several files, named as readers of data sets expect. */
export const partName = (
  { stem, index, of }: { readonly stem: string; readonly index: number; readonly of: number },
  extension: string,
): string => `${stem}-${fiveDigits(index)}-of-${fiveDigits(of)}.${extension}`;
