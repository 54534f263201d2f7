import { ProblemError } from "./problem";

export interface Stoppable {
  problem?: { code: string; detail: string } | null;
}

/**
 * The lines of an answer that tells how far it is, as they come. Throws `ProblemError` where the server had to stop;
 * whoever stops reading ends the work of the server, too.
 */
export async function* linesOf<Line extends Stoppable>(stream: ReadableStream<Uint8Array> | null | undefined): AsyncGenerator<Line> {
  if (!stream) return;
  const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      const parts = (rest + (value ?? "")).split("\n");
      rest = done ? "" : (parts.pop() ?? "");
      for (const part of parts) if (part) yield lineOf<Line>(part);
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function lineOf<Line extends Stoppable>(text: string): Line {
  const line = JSON.parse(text) as Line;
  if (line.problem) {
    const { code, detail } = line.problem;
    throw new ProblemError({ type: "about:blank", title: detail, status: 409, detail, code, errors: [] });
  }
  return line;
}
