// The part of the lanes that is in sight: how far it is zoomed in and where it begins.

import { placeOf, timeAt, type Piece } from "./timeline";

/** `zoom` is how many widths the whole is wide, `offset` where the part in sight begins, in pixels. */
export interface View {
  zoom: number;
  offset: number;
}

export const WHOLE: View = { zoom: 1, offset: 0 };
/** The widest that the whole is drawn, in pixels. */
const WIDEST_PX = 5e7;

/** Divides the whole for a zoom. */
export type Divide = (zoom: number) => Piece[];

/** A view within its bounds. */
export function bounded({ zoom, offset }: View, width: number): View {
  const near = Math.min(Math.max(1, zoom), Math.max(1, WIDEST_PX / width));
  return { zoom: near, offset: Math.min(Math.max(0, offset), width * (near - 1)) };
}

/** Zooms by a factor; the moment at `pointer` pixels from the left stays where it is. */
export function zoomed(view: View, by: number, pointer: number, width: number, divide: Divide): View {
  const time = timeAt(divide(view.zoom), view.offset + pointer);
  const zoom = bounded({ zoom: view.zoom * by, offset: 0 }, width).zoom;
  return bounded({ zoom, offset: placeOf(divide(zoom), time) - pointer }, width);
}

/** The view in which one part of the time fills the width. */
export function showing(from: number, to: number, width: number, divide: Divide): View {
  let view = WHOLE;
  // Folds keep their width, so that places are no multiple of the zoom: a few steps come near enough.
  for (let step = 0; step < 8; step += 1) {
    const pieces = divide(view.zoom);
    const [left, right] = [placeOf(pieces, from), placeOf(pieces, to)];
    const wide = Math.max(1, right - left);
    view = bounded({ zoom: view.zoom * (width / wide), offset: 0 }, width);
    if (Math.abs(width / wide - 1) < 0.02) break;
  }
  return bounded({ zoom: view.zoom, offset: placeOf(divide(view.zoom), from) }, width);
}

/** The view moved so that a moment is in sight; the same where it is already. */
export function bringing(time: number, view: View, width: number, divide: Divide): View {
  const place = placeOf(divide(view.zoom), time) - view.offset;
  if (place >= 0 && place <= width) return view;
  return bounded({ zoom: view.zoom, offset: view.offset + place - width / 2 }, width);
}
