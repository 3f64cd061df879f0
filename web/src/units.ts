/** SI inside, people's units on the page; the one place that knows another unit. */

interface Shown {
  unit: string;
  factor: number;
  digits: number;
}

const SHOWN: Record<string, Shown> = {
  "m/s": { unit: "km/h", factor: 3.6, digits: 1 },
  J: { unit: "kJ", factor: 1e-3, digits: 0 },
  "1/min": { unit: "/min", factor: 1, digits: 0 },
  W: { unit: "W", factor: 1, digits: 0 },
  rad: { unit: "°", factor: 180 / Math.PI, digits: 1 },
  Pa: { unit: "hPa", factor: 1e-2, digits: 1 },
};

function shown(unit: string | null): Shown {
  return SHOWN[unit ?? ""] ?? { unit: unit === "1" ? "" : (unit ?? ""), factor: 1, digits: -1 };
}

export const drawnUnit = (unit: string): string => shown(unit).unit;
export const drawn = (value: number | null, unit: string): number | null =>
  value === null ? null : value * shown(unit).factor;

/** A value with its unit, with as many digits as say something. */
export function said(value: number | null, unit: string | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (unit === "s" && Math.abs(value) >= 60) return clock(value);
  if (unit === "m" && Math.abs(value) >= 2000) return `${number(value / 1000, 1)} km`;
  const { unit: name, factor, digits } = shown(unit);
  return `${number(value * factor, digits)}${name ? ` ${name}` : ""}`;
}

function number(value: number, digits: number): string {
  const size = Math.abs(value);
  const enough = digits >= 0 ? digits : size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 4;
  return value.toLocaleString("en-GB", { minimumFractionDigits: 0, maximumFractionDigits: enough }).replace("-", "−");
}

/** 75.5 → 1:15.5, 4501 → 1:15:01. */
export function clock(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const tenths = Math.round(Math.abs(seconds) * 10);
  const [h, m, s] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10];
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = Number.isInteger(s) ? two(s) : s.toFixed(1).padStart(4, "0");
  return `${sign}${h ? `${h}:${two(m)}` : m}:${rest}`;
}

/** 1:15:01, 15:01.5 or 90 → seconds; null for anything else. */
export function seconds(text: string): number | null {
  if (!/^\d{1,3}(:\d{1,2}){0,2}(\.\d{1,3})?$/.test(text.trim())) return null;
  return text
    .trim()
    .split(":")
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Milliseconds since 1970 of a moment such as 2026-05-01T09:30:00.25Z. */
export const moment = (text: string): number => Date.parse(text.replace(/(\.\d{3})\d*Z$/, "$1Z"));

/** A moment, so many seconds after another, to the millisecond. */
export const after = (start: string, offset: number): string =>
  new Date(Math.round(moment(start) + offset * 1000)).toISOString();

export const day = (text: string | null): string =>
  text ? new Date(moment(text)).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }) : "–";
export const hour = (text: string | null): string =>
  text ? new Date(moment(text)).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }) : "";
