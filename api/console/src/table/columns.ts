import type { ReactNode } from "react";

export type Plain = string | number | boolean | null;

/** A column of a table: what it says of a row as a plain value, by which it sorts and exports, and how it shows it. */
export interface Column<Row> {
  id: string;
  header: string;
  value: (row: Row) => Plain;
  cell?: (row: Row) => ReactNode;
  /** Pixels it has at least; what is left over goes to those that `grow`. */
  width?: number;
  grow?: boolean;
  numeric?: boolean;
}
