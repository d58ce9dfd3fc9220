const NEWLINE = 0x0a;

/** A line without its newline, or a line that was longer than allowed and was not kept. */
export type Line =
  { readonly number: number; readonly bytes: Buffer } | { readonly number: number; readonly tooLongBytes: number };

/** Cuts a stream of bytes into lines; what it returns does not depend on how the bytes were cut into chunks. */
export interface LineSplitter {
  /** The lines that this chunk ends. Their bytes are views of the chunk where possible: use them before the next push. */
  push(chunk: Uint8Array): Line[];
  /** The last line, when the bytes did not end in a newline. */
  end(): Line[];
  /** 1-based number of the line that the next byte belongs to. */
  readonly lineNumber: number;
}

/** @param maxLineBytes longer lines are counted and dropped, so that memory stays flat. */
export function createLineSplitter(maxLineBytes: number): LineSplitter {
  let lineNumber = 1;
  let pieces: Buffer[] = [];
  let length = 0;

  function keep(piece: Buffer): void {
    length += piece.length;
    if (length <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  }

  function finishLine(): Line {
    const number = lineNumber;
    const line = length > maxLineBytes ? { number, tooLongBytes: length } : { number, bytes: joined(pieces) };
    lineNumber += 1;
    pieces = [];
    length = 0;
    return line;
  }

  return {
    get lineNumber() {
      return lineNumber;
    },
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: Line[] = [];
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        keep(bytes.subarray(start, end));
        lines.push(finishLine());
        start = end + 1;
      }
      // A copy: the producer may reuse the chunk's memory.
      if (start < bytes.length) keep(Buffer.from(bytes.subarray(start)));
      return lines;
    },
    end: () => (length === 0 ? [] : [finishLine()]),
  };
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
