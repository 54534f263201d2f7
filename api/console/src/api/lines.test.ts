import { describe, expect, it } from "vitest";
import { linesOf, type Stoppable } from "./lines";

interface Line extends Stoppable {
  n?: number;
}

const streamOf = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });

async function read(...parts: string[]): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of linesOf<Line>(streamOf(...parts))) found.push(line);
  return found;
}

describe("lines of an answer", () => {
  it("are whole however they were cut", async () => {
    expect(await read('{"n": 1}\n{"n"', ": 2}\n", '{"n": 3}')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
  it("keep a letter that was cut in the middle", async () => {
    const bytes = new TextEncoder().encode('{"n": "ü"}\n');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 8));
        controller.enqueue(bytes.slice(8));
        controller.close();
      },
    });
    const found = [];
    for await (const line of linesOf<Line>(stream)) found.push(line);
    expect(found).toEqual([{ n: "ü" }]);
  });
  it("end with what stopped the server", async () => {
    await expect(read('{"n": 1}\n{"problem": {"code": "pack_trial_failed", "detail": "it hangs"}}\n')).rejects.toThrow("it hangs");
  });
});
