import { describe, expect, it } from "vitest";

import { laneShapes, MOST_ROWS, type Item } from "./lanes";
import { divide, FOLD_PX, marks, placeOf, timeAt } from "./timeline";
import { bounded, bringing, showing, WHOLE, zoomed } from "./view";

const NONE: ReadonlySet<number> = new Set();

describe("the division of the width", () => {
  const idle = [{ from: 8_000, to: 1_168_000 }];
  const times = [0, 218, 2_300, 4_580, 8_000, 1_168_000, 1_170_000];

  it("folds idle time to a fixed width and fills the rest", () => {
    const pieces = divide(idle, 1_170_000, times, 1_240, NONE);
    expect(pieces.map(({ folded }) => folded)).toEqual([false, true, false]);
    expect(pieces[1]!.right - pieces[1]!.left).toBe(FOLD_PX);
    expect(pieces[0]!.left).toBe(0);
    expect(pieces.at(-1)!.right).toBeCloseTo(1_240);
    expect(pieces[0]!.right - pieces[0]!.left).toBeGreaterThan(pieces[2]!.right - pieces[2]!.left);
  });

  it("draws what was unfolded in one stretch with its neighbours", () => {
    expect(divide(idle, 1_170_000, times, 1_240, new Set([8_000]))).toHaveLength(1);
  });

  it("goes from a moment to its place and back, and never backwards", () => {
    const pieces = divide(idle, 1_170_000, times, 1_240, NONE);
    let before = -1;
    for (let time = 0; time <= 1_170_000; time += 997) {
      const place = placeOf(pieces, time);
      expect(place).toBeGreaterThanOrEqual(before);
      expect(timeAt(pieces, place)).toBeCloseTo(time, 3);
      before = place;
    }
  });

  it("stays within the width for any number of folds, and for one moment alone", () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ from: at * 100_000, to: at * 100_000 + 99_000 }));
    const pieces = divide(many, 5e7, [0, 5e7], 1_000, NONE);
    expect(pieces.at(-1)!.right).toBeCloseTo(1_000);
    const point = divide([], 0, [0], 800, NONE);
    expect(placeOf(point, 0)).toBeLessThan(800);
    expect(timeAt(point, 400)).toBe(0);
  });

  it("marks the start of each stretch and round steps within, apart enough to be read", () => {
    const pieces = divide(idle, 1_170_000, times, 1_240, NONE);
    const found = marks(pieces, 0, 1_240);
    expect(found.filter(({ since }) => since === 0)).toHaveLength(2);
    const first = found.filter(({ place }) => place < pieces[0]!.right);
    for (const [at, mark] of first.entries()) if (at > 0) expect(mark.place - first[at - 1]!.place).toBeGreaterThan(70);
  });
});

describe("lanes", () => {
  const item = (id: string, from: number, more: Partial<Item> = {}): Item => ({ id, from, name: `Step ${id}`, waits: false, open: false, ...more });

  it("gives what overlaps rows of its own, and no more than there are", () => {
    const items = Array.from({ length: 9 }, (_, at) => item(String(at), at * 10, { to: 900 }));
    const { shapes, rows } = laneShapes(items, (time) => time, 1_000);
    expect(rows).toBe(MOST_ROWS);
    expect(shapes.slice(0, 4).map(({ row }) => row)).toEqual([0, 1, 2, 3]);
  });

  it("makes one of ticks that are too near, and shows the worst of them", () => {
    const items = [item("a", 100, { status: "success" }), item("b", 102, { status: "failure" }), item("c", 300)];
    const { shapes } = laneShapes(items, (time) => time, 1_000);
    expect(shapes).toMatchObject([{ id: "b", count: 2, status: "failure" }, { id: "c", count: 1 }]);
    expect(shapes[0]!.label).toBe("Step b, and 1 more");
  });

  it("draws a bounded number of shapes for 10,000 steps", () => {
    const items = Array.from({ length: 10_000 }, (_, at) => item(String(at), at / 10));
    expect(laneShapes(items, (time) => time, 1_000).shapes.length).toBeLessThan(300);
  });

  it("drops the duration of a name without room, then the name, and what is out of sight", () => {
    const span = (to: number) => laneShapes([item("a", 0, { to, name: "Look up carrier", durationNanos: 2.02e9 })], (time) => time, 1_000).shapes[0]!;
    expect(span(300)).toMatchObject({ name: "Look up carrier", took: "2.02 s" });
    expect(span(120)).toMatchObject({ name: "Look up carrier", took: "" });
    expect(span(30)).toMatchObject({ name: "", took: "" });
    expect(laneShapes([item("a", 2_000)], (time) => time, 1_000).shapes).toEqual([]);
  });

  it("names ticks only where there is room", () => {
    const { shapes } = laneShapes([item("a", 100), item("b", 130), item("c", 500)], (time) => time, 1_000);
    expect(shapes.map(({ name }) => name)).toEqual(["", "Step b", "Step c"]);
  });
});

describe("the part in sight", () => {
  const cut = (zoom: number) => divide([{ from: 10_000, to: 90_000 }], 100_000, [0, 5_000, 10_000, 90_000, 100_000], 1_000 * zoom, NONE);

  it("keeps the moment under the pointer while it zooms", () => {
    const before = timeAt(cut(1), 300);
    const view = zoomed(WHOLE, 3, 300, 1_000, cut);
    expect(view.zoom).toBe(3);
    expect(timeAt(cut(view.zoom), view.offset + 300)).toBeCloseTo(before, 3);
  });

  it("fills the width with a part", () => {
    const view = showing(2_000, 6_000, 1_000, cut);
    const pieces = cut(view.zoom);
    expect(placeOf(pieces, 6_000) - placeOf(pieces, 2_000)).toBeGreaterThan(900);
    expect(placeOf(pieces, 2_000) - view.offset).toBeCloseTo(0);
  });

  it("never leaves the whole, and moves only for what is out of sight", () => {
    expect(bounded({ zoom: 0.2, offset: -50 }, 1_000)).toEqual(WHOLE);
    const view = showing(2_000, 3_000, 1_000, cut);
    expect(bringing(2_500, view, 1_000, cut)).toBe(view);
    const moved = bringing(95_000, view, 1_000, cut);
    expect(placeOf(cut(moved.zoom), 95_000) - moved.offset).toBeGreaterThanOrEqual(0);
    expect(placeOf(cut(moved.zoom), 95_000) - moved.offset).toBeLessThanOrEqual(1_000);
  });
});
