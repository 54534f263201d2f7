import { describe, expect, it } from "vitest";
import { eventsOf, type ChatEvent } from "./stream";
import { heard, keptTurn, newTurn } from "./turn";

function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>): Promise<ChatEvent[]> {
  const found: ChatEvent[] = [];
  for await (const event of eventsOf(stream)) found.push(event);
  return found;
}

describe("the stream of an answer", () => {
  it("is read whatever pieces it comes in, and without what broke off", async () => {
    const whole = 'event: turn\r\ndata: {"event":"turn","conversation":"c","place":1}\r\n\r\nevent: text\r\ndata: {"event":"text","text":["ö"]}\r\n\r\n: ping\r\n\r\nevent: do';
    const bytes = [...whole];
    expect(await all(streamOf(...bytes))).toEqual(await all(streamOf(whole)));
    expect((await all(streamOf(whole))).map((event) => event.event)).toEqual(["turn", "text"]);
  });
  it("reads a letter whose bytes come apart", async () => {
    const bytes = new TextEncoder().encode('data: {"event":"text","text":["Prüfung"]}\n\n');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect(await all(stream)).toEqual([{ event: "text", text: ["Prüfung"] }]);
  });
});

describe("a turn", () => {
  it("takes up its answer event by event", () => {
    const events: ChatEvent[] = [
      { event: "turn", conversation: "c", place: 3 },
      { event: "understood", understood: { command: "/late", kind: "query", text: "Late", source: "grammar", left_out: [] } },
      { event: "text", text: ["There is none."] },
      { event: "done" },
    ];
    const turn = events.reduce(heard, newTurn("what is late", {}));
    expect([turn.place, turn.understood?.command, turn.text, turn.state]).toEqual([3, "/late", ["There is none."], "answered"]);
  });
  it("that failed says why and stays failed", () => {
    const turn = heard(newTurn("x", {}), { event: "failed", code: "not_found", text: ["gone"] });
    expect([turn.state, turn.text]).toEqual(["failed", ["gone"]]);
  });
  it("of an earlier day has no answer yet, and the case that was open then", () => {
    const kept = keptTurn({ place: 2, asked_at: "2026-11-01T10:00:00Z", question: "why", command: "/why this", kind: "query", source: "command", said: null, case: "c1" });
    expect([kept.state, kept.beside, kept.understood?.command]).toEqual(["kept", { case: "c1" }, "/why this"]);
  });
});
