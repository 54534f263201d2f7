import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** What the server refused, in its own words; `code` is stable. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The server could not be reached at all: nothing is known about what was asked. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value;
}

/** The error for an answer that is no success; a proxy in between may answer in a form of its own. */
export function problemOf(response: Response, body: unknown): ProblemError {
  if (isProblem(body)) return new ProblemError({ ...body, errors: body.errors ?? [] });
  return new ProblemError({
    type: "about:blank",
    title: response.statusText || "Error",
    status: response.status,
    detail: response.statusText || `HTTP ${response.status}`,
    code: `http_${response.status}`,
    errors: [],
  });
}
