/** All channels of a session on one time axis: zoomed and panned together, with what is in doubt drawn in. */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { get } from "../../api/client";
import type { Doubt, Series, Stream } from "../../api/types";
import { plain } from "../../catalogue";
import { Failure, useAsked, Waiting } from "../../parts/loaded";
import { Plot, type Range } from "../../parts/plot";
import { texts } from "../../texts";
import { after, clock, drawn, drawnUnit, moment, said } from "../../units";

const POINTS = 1500;
const HIDDEN = new Set(["latitude", "longitude", "distance"]);
const FIRST = ["power", "heart_rate", "speed", "cadence", "altitude"];
const STEP = 0.2;
const t = texts.session;

interface Props {
  path: string;
  start: string;
  length: number;
  streams: Stream[];
  range: Range | null;
  zoom: (range: Range | null) => void;
  selection: Range | { from: number; to: number } | null;
  select: (part: Range | null) => void;
}

export function Recorded(props: Props): JSX.Element {
  const { path, start, length, streams, range, zoom, select } = props;
  const channels = useMemo(() => ordered(streams), [streams]);
  const [shown, setShown] = useState(() => new Set(channels.filter((one) => !HIDDEN.has(one))));
  const wanted = useSettled(range, 120);
  const names = [...new Set(streams.map((one) => one.stream))];
  const series = useAsked(
    async (stop) => {
      const part = wanted ? { start: after(start, wanted[0]), end: after(start, wanted[1]) } : {};
      const asked = names.map((name) => {
        const channel = [...new Set(streams.filter((one) => one.stream === name).flatMap((one) => one.channels))];
        const mine = channel.filter((one) => shown.has(one));
        if (mine.length === 0) return Promise.resolve({ series: [] as Series[] });
        return get<{ series: Series[] }>(`${path}/samples/${name}`, { channel: mine, points: POINTS, ...part }, stop);
      });
      return (await Promise.all(asked)).flatMap((one) => one.series);
    },
    [path, wanted?.[0], wanted?.[1], [...shown].join()],
  );
  const doubts = useAsked((stop) => get<{ flags: Doubt[]; of: number }>(`${path}/flags`, {}, stop), [path]);
  const part = selected(props.selection);
  const limits: Range = [0, Math.max(length, 1)];
  return (
    <>
      <Tools limits={limits} range={range} zoom={zoom} selection={part} />
      <details class="small">
        <summary>
          {t.channels} ({shown.size})
        </summary>
        <div class="row">
          {channels.map((one) => (
            <label key={one} class="check">
              <input
                type="checkbox"
                checked={shown.has(one)}
                onChange={(event) => {
                  const changed = new Set(shown);
                  if (event.currentTarget.checked) changed.add(one);
                  else changed.delete(one);
                  setShown(changed);
                }}
              />
              {plain(one)}
            </label>
          ))}
        </div>
      </details>
      {series.problem && <Failure problem={series.problem} again={series.again} />}
      {!series.value && !series.problem && <Waiting />}
      {series.value && (
        <Zoomable limits={limits} range={range} zoom={zoom} busy={series.waiting}>
          {channels
            .filter((one) => shown.has(one))
            .map((one) => (
              <Channel
                key={one}
                channel={one}
                start={start}
                series={series.value?.filter((it) => it.channel === one) ?? []}
                doubts={doubts.value?.flags.filter((it) => it.channel === one) ?? []}
                range={range ?? limits}
                selection={part}
                select={select}
              />
            ))}
        </Zoomable>
      )}
      {doubts.problem && <Failure problem={doubts.problem} again={doubts.again} />}
      {doubts.value && <Doubts doubts={doubts.value.flags} of={doubts.value.of} start={start} select={select} />}
    </>
  );
}

function selected(given: Props["selection"]): Range | null {
  if (!given) return null;
  return "from" in given ? [given.from, given.to] : given;
}

function ordered(streams: Stream[]): string[] {
  const all = [...new Set(streams.flatMap((one) => one.channels))];
  const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return all.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** What it was when it last stayed the same for a while: nobody waits for the steps in between. */
function useSettled(value: Range | null, wait: number): Range | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const later = setTimeout(() => setSettled(value), wait);
    return () => clearTimeout(later);
  }, [value?.[0], value?.[1]]);
  return settled;
}

interface ZoomProps {
  limits: Range;
  range: Range | null;
  zoom: (range: Range | null) => void;
}

/** Another part of the axis: `factor` times as wide around `at`, moved by a share of its width. */
function moved({ limits, range }: Omit<ZoomProps, "zoom">, factor: number, by = 0, at = 0.5): Range | null {
  const [from, to] = range ?? limits;
  const width = Math.min(Math.max((to - from) * factor, 1), limits[1] - limits[0]);
  const begin = from + (to - from) * at - width * at + by * (to - from);
  const low = Math.min(Math.max(begin, limits[0]), limits[1] - width);
  return width >= limits[1] - limits[0] ? null : [low, low + width];
}

function Tools({ selection, ...where }: ZoomProps & { selection: Range | null }): JSX.Element {
  const { range, zoom } = where;
  return (
    <div class="row">
      <button type="button" onClick={() => zoom(moved(where, 0.5))}>
        {t.zoomIn}
      </button>
      <button type="button" disabled={!range} onClick={() => zoom(moved(where, 2))}>
        {t.zoomOut}
      </button>
      <button type="button" disabled={!selection} onClick={() => zoom(selection)}>
        {t.zoomSelection}
      </button>
      <button type="button" disabled={!range} onClick={() => zoom(null)}>
        {t.zoomWhole}
      </button>
      <span class="soft small">{t.hint}</span>
    </div>
  );
}

const KEYS: Record<string, [number, number]> = {
  "+": [0.5, 0],
  "=": [0.5, 0],
  "-": [2, 0],
  ArrowLeft: [1, -STEP],
  ArrowRight: [1, STEP],
};

function Zoomable({ children, busy, ...where }: ZoomProps & { children: JSX.Element[]; busy: boolean }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(where);
  latest.current = where;
  useEffect(() => {
    // not Preact's own listener: the browser would zoom the page before a passive one could say no
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = (event.target as Element).closest(".u-over")?.getBoundingClientRect();
      const at = box ? (event.clientX - box.left) / box.width : 0.5;
      latest.current.zoom(moved(latest.current, event.deltaY < 0 ? 0.7 : 1 / 0.7, 0, at));
    };
    const within = place.current;
    within?.addEventListener("wheel", wheel, { passive: false });
    return () => within?.removeEventListener("wheel", wheel);
  }, []);
  const press = (event: KeyboardEvent) => {
    const how = KEYS[event.key];
    if (!how) return;
    event.preventDefault();
    where.zoom(moved(where, ...how));
  };
  return (
    <div
      class="plots"
      ref={place}
      tabIndex={0}
      role="group"
      aria-label={t.chart}
      aria-description={t.hint}
      aria-busy={busy}
      onKeyDown={press}
    >
      {children}
    </div>
  );
}

interface ChannelProps {
  channel: string;
  start: string;
  series: Series[];
  doubts: Doubt[];
  range: Range;
  selection: Range | null;
  select: (part: Range | null) => void;
}

function Channel({ channel, start, series, doubts, range, selection, select }: ChannelProps): JSX.Element | null {
  const begin = moment(start);
  const data = useMemo(() => {
    return joined(series, begin);
  }, [series.map((one) => [one.start, one.of, one.t_ns.length]).join(), begin]);
  const stretches = useMemo(
    () => doubts.map((one): Range => [(moment(one.start) - begin) / 1000, (moment(one.end) - begin) / 1000]),
    [begin, doubts.length],
  );
  const first = series[0];
  if (!first) return null;
  const values = series.flatMap((one) => one.values.filter((value) => value !== null));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const count = series.reduce((sum, one) => sum + one.of, 0);
  const unit = drawnUnit(first.unit);
  return (
    <div>
      <p class="plot-name" id={`plot-${channel}`}>
        {plain(channel)} {unit && <span class="soft">{unit}</span>}
      </p>
      <Plot
        label={t.plot(plain(channel), said(low, first.unit), said(high, first.unit), count)}
        data={data}
        lines={series.map((one, at) => ({ label: one.stream, colour: at + 1 }))}
        range={range}
        selection={selection}
        selected={select}
        doubts={stretches}
        together="session"
        across={clock}
        up={(value) => value.toLocaleString("en-GB")}
      />
    </div>
  );
}

/** Seconds since the session began, and what each recording read then; broken where nothing was recorded. */
function joined(series: Series[], begin: number): uPlot.AlignedData {
  const tables = series.map((one) => broken(one, (moment(one.start) - begin) / 1000));
  const [only] = tables;
  if (tables.length === 1 && only) return only;
  return tables.length ? uPlot.join(tables) : [[], []];
}

/** A hole in time has no reading that could be absent: one is put before the first reading after it. */
function broken(one: Series, offset: number): uPlot.AlignedData {
  const [at, values]: [number[], (number | null)[]] = [[], []];
  const breaks = new Set(one.breaks);
  let before = offset;
  for (const [number, t] of one.t_ns.entries()) {
    const now = offset + t / 1e9;
    if (breaks.has(number)) {
      at.push((before + now) / 2);
      values.push(null);
    }
    at.push(now);
    values.push(drawn(one.values[number] ?? null, one.unit));
    before = now;
  }
  return [at, values];
}

interface DoubtsProps {
  doubts: Doubt[];
  of: number;
  start: string;
  select: (part: Range | null) => void;
}

function Doubts({ doubts, of, start, select }: DoubtsProps): JSX.Element {
  if (doubts.length === 0) return <p class="soft small">{t.noFlags}</p>;
  const at = (told: string) => (moment(told) - moment(start)) / 1000;
  const shown = doubts.slice(0, 200);
  return (
    <details class="small">
      <summary>
        {t.flags} ({of})
      </summary>
      {of > shown.length && <p>{t.moreFlags(shown.length, of)}</p>}
      <ul class="list">
        {shown.map((one) => (
          <li key={`${one.recording}${one.part}${one.channel}${one.flag}${one.start}`}>
            <button type="button" onClick={() => select([at(one.start) - 5, at(one.end) + 5])}>
              <span>
                {plain(one.channel)}: {t.flagNames[one.flag] ?? one.flag}
              </span>
              <span class="soft">
                {clock(at(one.start))} · {t.flagCount(one.readings)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
