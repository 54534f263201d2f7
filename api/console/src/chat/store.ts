import { useSyncExternalStore } from "react";
import { api } from "../api/client";
import { problemOf } from "../api/problem";
import type { Language } from "../i18n";
import { eventsOf } from "./stream";
import { heard, newTurn, type Beside, type Turn } from "./turn";

export const FRESH = "fresh";
const NOTHING: readonly Turn[] = [];

/**
 * The questions that were asked since the page was loaded, by conversation. Panel and page show the same ones, and an
 * answer goes on coming while somebody moves from one to the other.
 */
class ChatStore {
  private readonly turns = new Map<string, readonly Turn[]>();
  private readonly watchers = new Set<() => void>();
  private owner = "";
  private panel: string = FRESH;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  of(conversation: string): readonly Turn[] {
    return this.turns.get(conversation) ?? NOTHING;
  }

  /** The conversation in the panel, which stays while it is closed. */
  get shown(): string {
    return this.panel;
  }

  show(conversation: string): void {
    this.panel = conversation;
    this.tell();
  }

  /** Whoever signs in next must not see what somebody else has asked. */
  belongTo(user: string): void {
    if (this.owner === user) return;
    this.owner = user;
    this.turns.clear();
    this.panel = FRESH;
  }

  forget(conversation: string): void {
    this.turns.delete(conversation);
    if (this.panel === conversation) this.panel = FRESH;
    this.tell();
  }

  put(conversation: string, turn: Turn): void {
    const known = this.of(conversation);
    const next = known.some((one) => one.key === turn.key)
      ? known.map((one) => (one.key === turn.key ? turn : one))
      : [...known, turn];
    this.turns.set(conversation, next);
    this.tell();
  }

  /** Ask; returns the turn as it ended. `onBegun` is told the id of a conversation that begins with it. */
  async ask(asked: { conversation: string; text: string; beside: Beside; language: Language; onBegun: (id: string) => void }): Promise<Turn> {
    let { conversation } = asked;
    let turn = newTurn(asked.text, asked.beside);
    this.put(conversation, turn);
    try {
      for await (const event of await streamed(asked)) {
        if (event.event === "turn" && event.conversation && event.conversation !== conversation) {
          this.move(conversation, event.conversation, turn.key);
          conversation = event.conversation;
          if (asked.conversation === this.panel) this.panel = conversation;
          asked.onBegun(conversation);
        }
        turn = heard(turn, event);
        this.put(conversation, turn);
      }
      if (turn.state === "asking") turn = { ...turn, state: "broken" };
    } catch (error) {
      turn = { ...turn, state: "broken", text: [error instanceof Error ? error.message : String(error)] };
    }
    this.put(conversation, turn);
    return turn;
  }

  private move(from: string, to: string, key: string): void {
    const moving = this.of(from).filter((one) => one.key === key);
    this.turns.set(from, this.of(from).filter((one) => one.key !== key));
    this.turns.set(to, [...this.of(to), ...moving]);
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}

async function streamed(asked: { conversation: string; text: string; beside: Beside; language: Language }) {
  const { data, error, response } = await api.POST("/chat", {
    body: {
      text: asked.text,
      conversation: asked.conversation === FRESH ? null : asked.conversation,
      beside: asked.beside,
      language: asked.language,
    },
    parseAs: "stream",
  });
  if (!response.ok || !data) throw problemOf(response, error);
  return eventsOf(data as ReadableStream<Uint8Array>);
}

export const chatStore = new ChatStore();

export function useTurns(conversation: string): readonly Turn[] {
  return useSyncExternalStore(chatStore.subscribe, () => chatStore.of(conversation));
}

export function usePanelConversation(): string {
  return useSyncExternalStore(chatStore.subscribe, () => chatStore.shown);
}
