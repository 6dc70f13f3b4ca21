// How wide the panel is: 400 to 720 px, and never more than leaves something of the list.

/** Where the browser keeps the width. */
export const PANEL_KEY = "steplog.panel";

const LEAST = 400;
const MOST = 720;
const USUAL = 540;

/** The width for what was kept or dragged to, in a window of that width. */
export function panelWidth(wanted: number | string | null, window: number): number {
  const number = wanted === null || wanted === "" ? USUAL : Number(wanted);
  const most = Math.max(LEAST, Math.min(MOST, window - 360));
  return Math.round(Math.min(most, Math.max(LEAST, Number.isFinite(number) ? number : USUAL)));
}
