import type { Schemas } from "../../api/client";

export type Given = Schemas["GivenView"];

/** The link that lets somebody in once. Its token stands behind `#`, which no server ever sees. */
export function linkOf(given: Given): string {
  return `${window.location.origin}/console/account#${given.token}`;
}
