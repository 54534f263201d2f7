import { describe, expect, it } from "vitest";
import type { ApiKeyRow } from "../queries";
import { endOfDay, keysInUse, keyStanding } from "./standing";

const NOW = new Date("2026-06-01T12:00:00Z");
const key: ApiKeyRow = {
  id: "k",
  prefix: null,
  name: "import",
  owner: "intake",
  owner_name: "Intake",
  owner_kind: "service",
  owner_active: true,
  created_at: "2026-01-01T00:00:00Z",
  created_by: null,
  used_at: "2026-05-31T00:00:00Z",
  expires_at: null,
  revoked_at: null,
};

describe("how a key stands", () => {
  it("is good while nothing speaks against it, and unused before its first use", () => {
    expect(keyStanding(key, NOW)).toBe("good");
    expect(keyStanding({ ...key, used_at: null }, NOW)).toBe("unused");
  });

  it("is over at the very instant that it ends", () => {
    expect(keyStanding({ ...key, expires_at: "2026-06-01T12:00:00Z" }, NOW)).toBe("over");
    expect(keyStanding({ ...key, expires_at: "2026-06-01T12:00:01Z" }, NOW)).toBe("good");
  });

  it("is revoked for good, and out with its owner", () => {
    expect(keyStanding({ ...key, revoked_at: "2026-05-01T00:00:00Z", owner_active: false }, NOW)).toBe("revoked");
    expect(keyStanding({ ...key, owner_active: false }, NOW)).toBe("out");
  });
});

describe("the keys of a service", () => {
  it("are counted while they let it in, and the last use of any of them is its own", () => {
    const over = { ...key, id: "o", expires_at: "2026-05-01T00:00:00Z", used_at: "2026-04-30T00:00:00Z" };
    expect(keysInUse([over, key, { ...key, used_at: null }], NOW)).toEqual({ good: 2, usedAt: "2026-05-31T00:00:00Z" });
    expect(keysInUse([], NOW)).toEqual({ good: 0, usedAt: null });
  });
});

describe("the last day of a key", () => {
  it("lasts to its end, by the clock of whoever chose it", () => {
    expect(new Date(endOfDay("2026-06-30") ?? "").getHours()).toBe(23);
    expect(endOfDay("")).toBeNull();
  });
});
