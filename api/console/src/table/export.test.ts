import { describe, expect, it } from "vitest";
import type { Column } from "./columns";
import { csv, json } from "./export";

interface Row {
  name: string;
  amount: number | null;
}

const columns: Column<Row>[] = [
  { id: "name", header: "Name", value: (row) => row.name },
  { id: "amount", header: "Amount", value: (row) => row.amount },
];

describe("a table as a file", () => {
  it("quotes what holds commas, quotes and lines", () => {
    expect(csv(columns, [{ name: 'Nut, "M4"\nbolt', amount: 2 }])).toBe('Name,Amount\r\n"Nut, ""M4""\nbolt",2\r\n');
  });
  it("lets no spreadsheet run a text as a formula, and leaves numbers below zero alone", () => {
    expect(csv(columns, [{ name: "=HYPERLINK(A1)", amount: -2 }])).toBe("Name,Amount\r\n'=HYPERLINK(A1),-2\r\n");
  });
  it("keeps nothing as nothing", () => {
    expect(csv(columns, [{ name: "", amount: null }])).toBe("Name,Amount\r\n,\r\n");
    expect(JSON.parse(json(columns, [{ name: "=1", amount: null }]))).toEqual([{ name: "=1", amount: null }]);
  });
});
