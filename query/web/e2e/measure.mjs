// What the measuring scripts share: how figures are written, and the frames of scrolling.

const ordered = (numbers) => numbers.toSorted((a, b) => a - b);
const part = (numbers, share) => ordered(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))];

/** The median, and from the least to the most. */
export const shown = (numbers) => `${part(numbers, 0.5).toFixed(0)} ms (${Math.min(...numbers).toFixed(0)} to ${Math.max(...numbers).toFixed(0)})`;

/** The median of frames, what 95 of 100 take at most, and how many take longer than 30 a second allow. */
export const shownFrames = (frames) =>
  `${part(frames, 0.5).toFixed(0)} ms, 95 of 100 within ${part(frames, 0.95).toFixed(0)} ms, ${frames.filter((frame) => frame > 1_000 / 30).length} of ${frames.length} over 33 ms, ${Math.round((frames.length * 1_000) / frames.reduce((sum, one) => sum + one, 0))} a second`;

/**
 * Scrolls by `step` pixels a frame, as far as `to` pixels or to the end; more may be loaded on the way. Gives how long
 * each frame took, in milliseconds.
 */
export const scrolled = (pane, step, to = Infinity) => pane.evaluate(async (list, [by, most]) => {
  const taken = [];
  list.scrollTop = 0;
  await new Promise(requestAnimationFrame);
  let last = performance.now();
  let still = 0;
  // What is at the end for so many frames has nothing to follow.
  while (list.scrollTop < most && still < 60) {
    const before = list.scrollTop;
    list.scrollTop += by;
    still = list.scrollTop === before ? still + 1 : 0;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    taken.push(now - last);
    last = now;
  }
  return taken;
}, [step, to === Infinity ? Number.MAX_SAFE_INTEGER : to]);

/** Does something in the page; gives the milliseconds from the click to the frame in which `selector` is there. */
export async function fromClick(page, selector, act) {
  await page.evaluate((wanted) => {
    window.__there = new Promise((done) => {
      addEventListener("click", () => {
        const from = performance.now();
        new MutationObserver((_, watcher) => {
          if (!document.querySelector(wanted)) return;
          watcher.disconnect();
          requestAnimationFrame(() => done(performance.now() - from));
        }).observe(document.body, { childList: true, subtree: true });
      }, { capture: true, once: true });
    });
  }, selector);
  await act();
  return page.evaluate(() => window.__there);
}
