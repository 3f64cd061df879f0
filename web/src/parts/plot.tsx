/** One chart: lines over an axis that several charts share, stretches drawn behind them, and a part to select. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

export type Range = readonly [number, number];

export interface Line {
  label: string;
  /** Which of the colours of style.css, from 1. */
  colour: number;
  points?: boolean;
}

export interface PlotProps {
  /** What somebody who can't see it is told. */
  label: string;
  data: uPlot.AlignedData;
  lines: Line[];
  height?: number;
  /** The part of the axis to show; all of it where null. */
  range?: Range | null;
  selection?: Range | null;
  selected?: (part: Range | null) => void;
  doubts?: Range[];
  /** Charts of one key show one cursor. */
  together?: string;
  across?: (value: number) => string;
  up?: (value: number) => string;
  /** Where the axis is of the logarithm. */
  logarithmic?: boolean;
}

export function Plot(props: PlotProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const { data, range, selection, doubts } = props;
  const shape = JSON.stringify([props.lines, props.height, props.together, props.logarithmic]);

  useEffect(() => {
    const within = place.current;
    if (!within) return;
    const made = new uPlot(options(latest, within.clientWidth), latest.current.data, within);
    plot.current = made;
    showSelection(made, latest.current.selection);
    const watching = new ResizeObserver(() => {
      if (within.clientWidth && within.clientWidth !== made.width) {
        made.setSize({ width: within.clientWidth, height: made.height });
        showSelection(made, latest.current.selection);
      }
    });
    watching.observe(within);
    return () => {
      watching.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, theme]);
  useEffect(() => {
    plot.current?.setData(data);
    if (plot.current) showSelection(plot.current, selection);
  }, [data, range?.[0], range?.[1], doubts]);
  useEffect(() => {
    if (plot.current) showSelection(plot.current, selection);
  }, [selection?.[0], selection?.[1]]);
  return <div class="plot" ref={place} role="img" aria-label={props.label} />;
}

function options(latest: { current: PlotProps }, width: number): uPlot.Options {
  const { lines, height = 130, together, logarithmic } = latest.current;
  const [ink, grid] = [colour("--soft"), { stroke: colour("--line"), width: 1 }];
  const across = (_: uPlot, at: (number | null)[]) =>
    at.map((v) => (v === null ? "" : (latest.current.across?.(v) ?? String(v))));
  const up = (_: uPlot, at: number[]) => at.map((v) => latest.current.up?.(v) ?? String(v));
  return {
    width: Math.max(width, 100),
    height,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: Boolean(latest.current.selected), y: false, setScale: false },
      ...(together ? { sync: { key: together, filters: { pub: (type) => !/down|up|dbl/.test(type) } } } : {}),
    },
    scales: {
      x: {
        time: false,
        ...(logarithmic ? { distr: 3 as const } : { range: (_, low, high) => shownRange(latest.current, low, high) }),
      },
    },
    axes: [
      {
        stroke: ink,
        grid,
        ticks: grid,
        values: across,
        size: 28,
        ...(logarithmic ? { splits: durations } : { incrs: STEPS }),
      },
      { stroke: ink, grid, ticks: grid, values: up, size: 62 },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(`--plot-${((line.colour - 1) % 6) + 1}`),
        width: 1.5,
        points: { show: line.points ?? false, size: 7 },
        ...(line.points ? { paths: () => null } : {}),
      })),
    ],
    hooks: {
      drawClear: [(u) => drawDoubts(u, latest.current.doubts ?? [])],
      setSelect: [(u) => latest.current.selected?.(selectedPart(u))],
    },
  };
}

const STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
].concat([30, 100, 365].map((days) => days * 86400));

/** What coaches ask for, where the axis is of durations. */
const DURATIONS = [1, 5, 15, 60, 300, 1200, 3600, 10800];
const durations = (_: uPlot, _axis: number, low: number, high: number) =>
  DURATIONS.filter((one) => low <= one && one <= high);

function shownRange(props: PlotProps, low: number | null, high: number | null): [number, number] {
  if (props.range) return [props.range[0], props.range[1]];
  if (low === null || high === null) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

function selectedPart(u: uPlot): Range | null {
  const { left, width } = u.select;
  return width < 3 ? null : [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
}

function showSelection(u: uPlot, part: Range | null | undefined): void {
  const nothing = { left: 0, width: 0, top: 0, height: 0 };
  if (!part) return u.setSelect(nothing, false);
  const wide = u.over.clientWidth || u.width;
  const [from, to] = part.map((value) => Math.min(Math.max(u.valToPos(value, "x"), 0), wide)) as [number, number];
  u.setSelect({ left: from, width: Math.max(to - from, 0), top: 0, height: u.over.clientHeight }, false);
}

/** A doubted reading alone is still a line that one can see. */
function drawDoubts(u: uPlot, doubts: Range[]): void {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.fillStyle = colour("--doubt");
  for (const [from, to] of doubts) {
    const [start, stop] = [u.valToPos(from, "x", true), u.valToPos(to, "x", true)];
    if (stop < left || start > left + width) continue;
    const [at, wide] = [Math.max(start, left), Math.max(Math.min(stop, left + width) - Math.max(start, left), 2)];
    u.ctx.globalAlpha = 0.25;
    u.ctx.fillRect(at, top, wide, height);
    u.ctx.globalAlpha = 1;
    u.ctx.fillRect(at, top, wide, 4 * devicePixelRatio);
  }
  u.ctx.restore();
}

export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Changes when the system goes from light to dark or back: a canvas does not follow by itself. */
function useTheme(): boolean {
  const asked = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(asked.matches);
  useEffect(() => {
    const changed = () => setDark(asked.matches);
    asked.addEventListener("change", changed);
    return () => asked.removeEventListener("change", changed);
  }, []);
  return dark;
}

export function Key({ lines }: { lines: Line[] }): JSX.Element {
  return (
    <ul class="key">
      {lines.map((line) => (
        <li key={line.label}>
          <span class="swatch" style={{ background: `var(--plot-${((line.colour - 1) % 6) + 1})` }} />
          {line.label}
        </li>
      ))}
    </ul>
  );
}
