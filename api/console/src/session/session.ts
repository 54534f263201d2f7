import { useSyncExternalStore } from "react";
import { api, take } from "../api/client";
import { ProblemError } from "../api/problem";
import { sessionStore, type Whoami } from "./store";

export type { Whoami };

/** Who is signed in, as the server says; null where nobody is. */
export async function askSession(): Promise<Whoami | null> {
  try {
    const who = await take(api.GET("/session"));
    sessionStore.signedIn(who);
    return who;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) {
      sessionStore.signedOut();
      return null;
    }
    throw error;
  }
}

export async function signIn(login: string, password: string, tenant?: string): Promise<Whoami> {
  const who = await take(api.POST("/session", { body: { login, password, tenant: tenant || null } }));
  sessionStore.signedIn(who);
  return who;
}

/** Signed out at the server; where the browser is to go to sign out with the identity provider, too, or null. */
export async function signOut(): Promise<string | null> {
  if (sessionStore.current()?.by_provider) return (await take(api.POST("/session/provider/sign-out"))).url;
  await take(api.DELETE("/session"));
  return null;
}

/** Who is at work. Only below the shell, where somebody is. */
export function useWhoami(): Whoami {
  const who = useSyncExternalStore(sessionStore.subscribe, sessionStore.current);
  if (who === null) throw new Error("nobody is signed in");
  return who;
}

export function useMay(permission: string): boolean {
  return useWhoami().permissions.includes(permission);
}

export function useSessionOver(): boolean {
  return useSyncExternalStore(sessionStore.subscribe, sessionStore.isOver);
}
