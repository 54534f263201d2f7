import createClient from "openapi-fetch";
import { sessionStore } from "../session/store";
import { Unreachable, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

const OF_SIGNING_IN = ["/session", "/session/confirm", "/session/provider", "/account/reset", "/account/redeem"];

/** The request with the session's token, which every change needs. */
function withToken(request: Request): Request {
  const token = sessionStore.token();
  if (token && request.method !== "GET") request.headers.set("X-CSRF-Token", token);
  return request;
}

async function sent(request: Request): Promise<Response> {
  try {
    return await fetch(withToken(request));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(request.url, { cause: error });
  }
}

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : "";
}

/**
 * Send; where the session is over, wait until somebody has signed in again, and go on with what was asked. So nobody
 * loses what they typed, and nothing is sent twice: the server has refused the first one whole.
 */
async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sent(request);
  const path = new URL(request.url).pathname;
  if (OF_SIGNING_IN.includes(path)) return response;
  if (response.status === 401) {
    await sessionStore.renewed();
    return sent(again);
  }
  if (response.status === 403 && (await codeOf(response)) === "csrf_refused") {
    // Another tab has signed in anew: the cookie is that session's, and so must the token be.
    await sessionStore.refreshToken();
    return sent(again);
  }
  return response;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: sessionFetch, credentials: "same-origin" });

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call answered. Throws `ProblemError` for a refusal, `Unreachable` without an answer. */
export async function take<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as T;
}
