export const VIEWS = ["due", "at_risk", "breached", "forecast", "escalations"] as const;
export type View = (typeof VIEWS)[number];
export const DAYS = [1, 3, 7] as const;
export type Days = (typeof DAYS)[number];

export interface SlaSearch {
  /** Without it: what is due next. */
  view?: View;
  /** How far the timeline reaches; without it, three days. */
  days?: Days;
}

export function searchOf(raw: Record<string, unknown>): SlaSearch {
  const found: SlaSearch = {};
  const view = VIEWS.find((one) => one === raw.view);
  const days = DAYS.find((one) => one === Number(raw.days));
  if (view && view !== "due") found.view = view;
  if (days && days !== 3) found.days = days;
  return found;
}
