import type { TFunction } from "i18next";
import type { CaseRow } from "./rows";

/** What the case waits for and who has it, in words. */
export function waitText(row: Pick<CaseRow, "waits">, t: TFunction<"cases">): string {
  const [first, ...others] = row.waits;
  if (first === undefined) return t("waits.nothing");
  const said = {
    task: () => (first.who ? t("waits.person", { name: first.who.name }) : t("waits.queue", { role: first.what })),
    message: () => t("waits.message", { name: first.what }),
    timer: () => t("waits.timer"),
    retry: () => t("waits.retry"),
    turn: () => t("waits.turn", { name: first.what }),
    switch: () => t("waits.switch", { name: first.what }),
    incident: () => t("waits.incident", { code: first.what }),
  }[first.kind]();
  return others.length > 0 ? `${said} ${t("waits.more", { count: others.length })}` : said;
}

/** How long it stands there: whole units, the largest that fits. */
export function ageText(since: string, now: Date, t: TFunction<"cases">): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(since).getTime()) / 60_000));
  if (minutes < 60) return t("age.minute", { count: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t("age.hour", { count: hours }) : t("age.day", { count: Math.floor(hours / 24) });
}
