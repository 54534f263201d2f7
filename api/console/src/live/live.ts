import { useIdle } from "@mantine/hooks";
import { useEffect, useSyncExternalStore } from "react";
import { api, take, type Schemas } from "../api/client";
import { sessionStore } from "../session/store";
import { useWhoami } from "../session/session";

export type LiveState = "connecting" | "live" | "polling" | "offline" | "paused";
export type Change = Schemas["LiveChange"];
type Listener = (change: Change) => void;

const POLL_MS = 15_000;
const EVERYTHING: Change = { seq: 0, topics: [], cases: [], reset: true };

/** One stream for the page: whoever shows something listens here, and asks anew with the rights of its own. */
class LiveStore {
  private state: LiveState = "connecting";
  private readonly watchers = new Set<() => void>();
  private readonly listeners = new Set<Listener>();

  get = (): LiveState => this.state;

  set(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}

export const live = new LiveStore();

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.subscribe, live.get);
}

/** Be told of changes that are about any of these topics, or about everything. */
export function useChanges(topics: readonly string[], listener: Listener): void {
  useEffect(
    () =>
      live.listen((change) => {
        if (change.reset || change.topics.some((topic) => topics.includes(topic))) listener(change);
      }),
    [topics, listener],
  );
}

/** Whether a change may concern this case. */
export function concerns(change: Change, caseId: string): boolean {
  return Boolean(change.reset) || change.cases.length === 0 || change.cases.includes(caseId);
}

function connect(): () => void {
  let source: EventSource | null = null;
  let polling: ReturnType<typeof setInterval> | undefined;
  let seen: number | null = null;

  const heard = (change: Change) => {
    seen = change.seq;
    if (change.reset || change.topics.length > 0) live.tell(change);
  };
  const poll = async () => {
    try {
      heard(await take(api.GET("/changes", { params: { query: seen === null ? {} : { after: seen } } })));
      live.set("polling");
    } catch {
      // No news is known of: the banner says so, and the next round asks again.
      live.set("offline");
    }
    open();
  };
  const open = () => {
    source?.close();
    source = new EventSource("/events");
    source.addEventListener("hello", (event) => {
      const { seq } = JSON.parse((event as MessageEvent<string>).data) as Change;
      // A new stream begins with now: what happened since the last word is looked for by everybody.
      if (seen !== null && seen < seq) live.tell({ ...EVERYTHING, seq });
      seen = seq;
      clearInterval(polling);
      polling = undefined;
      live.set("live");
    });
    source.addEventListener("change", (event) => heard(JSON.parse((event as MessageEvent<string>).data) as Change));
    source.addEventListener("session_over", () => {
      source?.close();
      sessionStore.ended();
    });
    source.onerror = () => {
      live.set(navigator.onLine ? "polling" : "offline");
      polling ??= setInterval(() => void poll(), POLL_MS);
    };
  };
  const online = () => {
    live.set("connecting");
    open();
  };
  const offline = () => live.set("offline");
  window.addEventListener("online", online);
  window.addEventListener("offline", offline);
  open();
  return () => {
    source?.close();
    clearInterval(polling);
    window.removeEventListener("online", online);
    window.removeEventListener("offline", offline);
  };
}

/**
 * Holds the page's stream open while somebody is at work. After as long without a touch as a session lasts it pauses:
 * a page that is only open must not keep a session alive by asking for news.
 */
export function LiveConnection() {
  const idle = useIdle((useWhoami().idle_seconds ?? 1800) * 1000, { initialState: false });
  const over = useSyncExternalStore(sessionStore.subscribe, sessionStore.isOver);
  useEffect(() => {
    if (idle || over) {
      live.set("paused");
      return undefined;
    }
    live.set("connecting");
    return connect();
  }, [idle, over]);
  return null;
}
