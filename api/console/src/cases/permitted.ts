import type { Schemas } from "../api/client";

export type Kind = Schemas["CaseOrderForm"]["kind"];
const NEEDS: Record<Kind, string> = {
  retry: "incident.retry",
  suspend: "case.suspend",
  resume: "case.suspend",
  reassign: "task.assign",
  cancel: "case.cancel",
};
const KINDS = Object.keys(NEEDS) as Kind[];

/** What somebody with these permissions may order about many cases. */
export function permittedKinds(permissions: readonly string[]): Kind[] {
  return KINDS.filter((kind) => permissions.includes(NEEDS[kind]));
}
