import type { QueueFilter } from "./filter";

export interface BulkChoice {
  ids: string[];
  /** Not these ids, but whatever the filter finds. */
  filter: QueueFilter | null;
  count: number;
  titles: Map<string, string>;
}
