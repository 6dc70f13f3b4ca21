// Makes a browser's PNG small: a picture of a page has few colours, so 256 of them say nearly all.

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = 8;
const COLORS = 256;
/** Colours nearer than this are one, as the square of their distance. */
const ALIKE = 24;
/** Channels of the two kinds that browsers write: RGB and RGBA. */
const CHANNELS = { 2: 3, 6: 4 };

/** The same picture with a palette of the colours that occur most and are not alike; others become the nearest of them. */
export function small(png) {
  const { width, height, pixels } = decode(png);
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = apart([...counts].sort((one, other) => other[1] - one[1]).map(([color]) => color));
  const index = new Map(palette.map((color, at) => [color, at]));
  for (const color of counts.keys()) if (!index.has(color)) index.set(color, nearest(palette, color));
  const lines = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < pixels.length; at += 1) lines[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = index.get(pixels[at]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const data = deflateSync(lines, { level: 9, memLevel: 9 });
  return Buffer.concat([png.subarray(0, SIGNATURE), chunk("IHDR", head), chunk("PLTE", colors), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

/** The first colours that differ from all before them, so that the shades of one text do not take every place. */
function apart(colors) {
  const chosen = [];
  for (const color of colors) {
    if (chosen.length === COLORS) break;
    if (chosen.every((other) => distance(color, other) >= ALIKE)) chosen.push(color);
  }
  return chosen;
}

function nearest(palette, color) {
  let best = 0;
  for (let at = 1; at < palette.length; at += 1) if (distance(palette[at], color) < distance(palette[best], color)) best = at;
  return best;
}

/** The square of the distance of two colours. */
const distance = (one, other) => [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);

/** Width, height, and each pixel as 0xRRGGBB. */
function decode(png) {
  const data = [];
  let head;
  for (let at = SIGNATURE; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const [name, body] = [png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at))];
    if (name === "IHDR") head = body;
    else if (name === "IDAT") data.push(body);
  }
  const [width, height, channels] = [head.readUInt32BE(0), head.readUInt32BE(4), CHANNELS[head[9]]];
  if (head[8] !== 8 || head[12] !== 0 || channels === undefined) throw new Error("only PNGs of 8 bits in RGB or RGBA, not interlaced, can be read");
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  const pixels = new Uint32Array(width * height).map((_, at) => (bytes[at * channels] << 16) | (bytes[at * channels + 1] << 8) | bytes[at * channels + 2]);
  return { width, height, pixels };
}

/** Undoes the filters of PNG, line by line. */
function unfiltered(raw, stride, height, channels) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= channels ? out[y * stride + x - channels] : 0;
      const above = y > 0 ? out[(y - 1) * stride + x] : 0;
      const corner = x >= channels && y > 0 ? out[(y - 1) * stride + x - channels] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

function paeth(left, above, corner) {
  const [toLeft, toAbove, toCorner] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

function chunk(name, body) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
