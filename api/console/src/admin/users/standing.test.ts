import { describe, expect, it } from "vitest";
import type { Account } from "../queries";
import { fits, standingOf } from "./standing";

const eva: Account = {
  id: "main-eva",
  login: "eva",
  name: "Eva Example",
  email: "eva@example.com",
  active: true,
  roles: ["reviewer"],
  invited: true,
  password_set_at: "2026-01-31T09:00:00Z",
  providers: [],
};

describe("how somebody stands", () => {
  it("is active with a password or an identity provider", () => {
    expect(standingOf(eva)).toBe("active");
    expect(standingOf({ ...eva, password_set_at: null, providers: ["https://id.example.com"] })).toBe("active");
  });

  it("tells who was only invited from who never was", () => {
    expect(standingOf({ ...eva, password_set_at: null })).toBe("invited");
    expect(standingOf({ ...eva, password_set_at: null, invited: false })).toBe("never");
  });

  it("keeps out whoever is kept out, whatever they have", () => {
    expect(standingOf({ ...eva, active: false })).toBe("out");
  });
});

describe("searching people", () => {
  it("finds by every word, wherever it stands", () => {
    expect(fits(eva, "EXAMPLE rev")).toBe(true);
    expect(fits(eva, "")).toBe(true);
    expect(fits(eva, "eva clerk")).toBe(false);
  });
});
