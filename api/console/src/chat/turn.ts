import type { Schemas } from "../api/client";
import type { ChatEvent } from "./stream";

export interface Beside {
  case?: string;
  task?: string;
}

/** One question with as much of its answer as is known. */
export interface Turn {
  key: string;
  place: number | null;
  question: string;
  /** What was open beside the chat: `this` in the command is its case. */
  beside: Beside;
  state: "asking" | "answered" | "failed" | "broken" | "kept";
  understood: Schemas["ChatUnderstood"] | null;
  said: Schemas["ChatSaid"] | null;
  text: readonly string[];
  table: Schemas["ChatTable"] | null;
  cards: readonly Schemas["ChatCard"][];
  suggestions: readonly Schemas["ChatSuggestion"][];
  /** When the answer came. */
  at: number;
}

let number = 0;

export function newTurn(question: string, beside: Beside): Turn {
  number += 1;
  return {
    key: `new-${number}`,
    place: null,
    question,
    beside,
    state: "asking",
    understood: null,
    said: null,
    text: [],
    table: null,
    cards: [],
    suggestions: [],
    at: Date.now(),
  };
}

/** A question of an earlier day: its answer is asked for anew. */
export function keptTurn(turn: Schemas["ChatTurn"]): Turn {
  return {
    ...newTurn(turn.question, turn.case ? { case: turn.case } : {}),
    key: `kept-${turn.place}`,
    place: turn.place,
    state: "kept",
    understood: { command: turn.command, kind: turn.kind, text: "", source: turn.source, left_out: [] },
    said: turn.said ? { text: turn.said, model: "" } : null,
    at: Date.parse(turn.asked_at),
  };
}

/** The turn after an event of its answer. */
export function heard(turn: Turn, event: ChatEvent): Turn {
  switch (event.event) {
    case "turn":
      return { ...turn, place: event.place ?? null };
    case "understood":
      return { ...turn, understood: event.understood ?? null };
    case "said":
      return { ...turn, said: event.said ?? null };
    case "text":
      return { ...turn, text: [...turn.text, ...(event.text ?? [])] };
    case "rows":
      return { ...turn, table: event.rows ?? null };
    case "card":
      return event.card ? { ...turn, cards: [...turn.cards, event.card] } : turn;
    case "suggestions":
      return { ...turn, suggestions: event.suggestions ?? [] };
    case "failed":
      return { ...turn, state: "failed", text: [...turn.text, ...(event.text ?? [])] };
    case "done":
      return { ...turn, state: "answered", at: Date.now() };
  }
}

/** The turn with the answer to its command as of now. */
export function answeredAnew(turn: Turn, answer: Schemas["ChatAnswer"]): Turn {
  return {
    ...turn,
    state: "answered",
    understood: { ...answer.understood, source: turn.understood?.source ?? answer.understood.source },
    text: answer.text,
    table: answer.table,
    cards: answer.cards,
    suggestions: answer.suggestions,
    at: Date.now(),
  };
}
