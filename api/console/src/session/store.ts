import type { Schemas } from "../api/client";

export type Whoami = Schemas["Whoami"];

type Listener = () => void;

/** Whether somebody is signed in, and the token of the session: outside of React, because requests need both. */
class SessionStore {
  private who: Whoami | null = null;
  private over = false;
  private waiting: Array<() => void> = [];
  private readonly listeners = new Set<Listener>();

  subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Who is signed in; null before anybody is. */
  current = (): Whoami | null => this.who;

  /** Whether the session has ended while somebody was at work. */
  isOver = (): boolean => this.over;

  token(): string | null {
    return this.who?.csrf_token ?? null;
  }

  signedIn(who: Whoami): void {
    // Somebody else at this desk: nothing of the one before may stay on the screen.
    if (this.who !== null && this.who.id !== who.id) {
      window.location.assign("/console/");
      return;
    }
    this.who = who;
    this.over = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const goOn of waiting) goOn();
    this.tell();
  }

  signedOut(): void {
    this.who = null;
    this.over = false;
    this.tell();
  }

  /** Says that the session is over, and returns once somebody has signed in again. */
  renewed(): Promise<void> {
    this.ended();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  ended(): void {
    if (this.who === null || this.over) return;
    this.over = true;
    this.tell();
  }

  async refreshToken(): Promise<void> {
    const response = await fetch("/session");
    if (response.ok) this.signedIn((await response.json()) as Whoami);
    else await this.renewed();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const sessionStore = new SessionStore();
