/** Efforts side by side: where time was won and lost, every channel along the way, and the metrics of each. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { PageProps } from "../app";
import { get } from "../api/client";
import type { Comparison } from "../api/types";
import { type Chosen, choose, chosen } from "../basket";
import { byName, plain, useCatalogue } from "../catalogue";
import { address } from "../navigation";
import { Loaded, useAsked } from "../parts/loaded";
import { Key, Plot } from "../parts/plot";
import { texts } from "../texts";
import { clock, day, drawn, drawnUnit, moment, said } from "../units";

const t = texts.compare;
const UNITS: Record<string, string> = {
  power: "W",
  speed: "m/s",
  heart_rate: "1/min",
  cadence: "1/min",
  altitude: "m",
};
type By = Comparison["by"];

export function Compare(_: PageProps): JSX.Element {
  const [efforts, setEfforts] = useState(chosen);
  const [by, setBy] = useState<By>("distance");
  const keep = (changed: Chosen[]) => {
    choose(changed);
    setEfforts(changed);
  };
  return (
    <>
      <h1>{t.title}</h1>
      {efforts.length === 0 && (
        <p class="nothing">
          {t.none} <a href={address("/")}>{texts.nav.sessions}</a>
        </p>
      )}
      {efforts.length > 0 && <Picked efforts={efforts} keep={keep} />}
      {efforts.length === 1 && <p class="nothing">{t.one}</p>}
      {efforts.length > 1 && (
        <>
          <label>
            {t.by}
            <select value={by} onChange={(event) => setBy(event.currentTarget.value as By)}>
              {(Object.keys(t.axes) as By[]).map((one) => (
                <option key={one} value={one}>
                  {t.axes[one]}
                </option>
              ))}
            </select>
          </label>
          <SideBySide efforts={efforts} by={by} />
        </>
      )}
    </>
  );
}

function Picked({ efforts, keep }: { efforts: Chosen[]; keep: (changed: Chosen[]) => void }): JSX.Element {
  const without = (at: number) => efforts.filter((_, number) => number !== at);
  return (
    <section aria-labelledby="efforts">
      <h2 id="efforts">{t.efforts}</h2>
      <ol>
        {efforts.map((one, at) => (
          <li key={named(efforts, at)}>
            <a href={address(`/sessions/${one.session}`)}>{named(efforts, at)}</a>{" "}
            <span class="soft">{clock(Math.round((moment(one.end) - moment(one.start)) / 100) / 10)}</span>{" "}
            {at === 0 && efforts.length > 1 && <span class="soft">{t.first}</span>}
            {at > 0 && (
              <button type="button" class="quiet small" onClick={() => keep([one, ...without(at)])}>
                {t.up}
              </button>
            )}
            <button
              type="button"
              class="quiet small"
              aria-label={`${t.remove}: ${named(efforts, at)}`}
              onClick={() => keep(without(at))}
            >
              {t.remove}
            </button>
          </li>
        ))}
      </ol>
      <button type="button" onClick={() => keep([])}>
        {t.clear}
      </button>
    </section>
  );
}

/** Its name and day; its number, too, where several are called the same. */
function named(efforts: Chosen[], at: number): string {
  const name = (one: Chosen | undefined) => `${one?.name}, ${day(one?.start ?? null)}`;
  const mine = name(efforts[at]);
  return efforts.filter((one) => name(one) === mine).length > 1 ? `${mine} (${at + 1})` : mine;
}

function SideBySide({ efforts, by }: { efforts: Chosen[]; by: By }): JSX.Element {
  const [first, ...others] = efforts;
  const asked = useAsked(
    (stop) => {
      const other = others.map((one) => `${one.session}~${one.start}~${one.end}`);
      const query = { start: first?.start, end: first?.end, other, by };
      return get<Comparison>(`/v1/sessions/${first?.session}/comparison`, query, stop);
    },
    [JSON.stringify(efforts), by],
  );
  const names = efforts.map((_, at) => named(efforts, at));
  return <Loaded asked={asked}>{(found) => <Found found={found} names={names} />}</Loaded>;
}

function Found({ found, names }: { found: Comparison; names: string[] }): JSX.Element {
  const lines = found.efforts.map((_, at) => ({ label: names[at] ?? "", colour: at + 1 }));
  const across = (value: number) =>
    found.by === "distance" ? said(value, "m") : found.by === "time" ? clock(value) : `${value}`;
  const lost = found.by !== "time";
  const channels = Object.keys(found.efforts[0]?.traces ?? {}).filter((one) => one in UNITS);
  const middle = useMemo(() => found.edges.slice(1).map((edge, at) => (edge + (found.edges[at] ?? edge)) / 2), [found]);
  const data = (values: (effort: Comparison["efforts"][number]) => (number | null)[]): uPlot.AlignedData => {
    const rows = found.efforts.map(values);
    const axis = rows[0]?.length === found.edges.length ? found.edges : middle;
    return [axis, ...rows];
  };
  const plot = (label: string, unit: string, aligned: uPlot.AlignedData) => (
    <div key={label}>
      <p class="plot-name">
        {label} <span class="soft">{unit}</span>
      </p>
      <Plot label={`${label}: ${names.join(", ")}`} data={aligned} lines={lines} together="compare" across={across} />
    </div>
  );
  return (
    <>
      <Doubts found={found} names={names} />
      <Key lines={lines} />
      {lost
        ? plot(
            t.lost,
            "s",
            data((one) => one.time_lost_s),
          )
        : plot(
            t.gained,
            "m",
            data((one) => one.distance_gained_m),
          )}
      {channels.map((channel) => {
        const unit = UNITS[channel] ?? "";
        return plot(
          plain(channel),
          drawnUnit(unit),
          data((one) => (one.traces[channel] ?? []).map((value) => drawn(value, unit))),
        );
      })}
      <Matrix found={found} names={names} />
    </>
  );
}

function Doubts({ found, names }: { found: Comparison; names: string[] }): JSX.Element {
  const name = (number: string) => names[Number(number) - 1] ?? number;
  return (
    <>
      {found.mismatches.length > 0 && (
        <section class="panel">
          <h2 style={{ marginTop: 0 }}>{t.doubts}</h2>
          <ul>
            {found.mismatches.map((one) => (
              <li key={JSON.stringify(one)}>
                {one.message.replace(/^(\d+) and (\d+)/, (_, a: string, b: string) => `${name(a)} and ${name(b)}`)}
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.missing.length > 0 && (
        <details>
          <summary>{t.absent}</summary>
          <ul>
            {found.missing.map((one) => (
              <li key={one}>{one.replace(/^(\d+)\b/, name)}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Matrix({ found, names }: { found: Comparison; names: string[] }): JSX.Element {
  const definitions = byName(useCatalogue().value);
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">{t.matrix}</h2>
      <div class="scroll" role="region" tabIndex={0} aria-label={t.metric}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.metric}</th>
              {names.map((name) => (
                <th key={name} scope="col" class="n">
                  {name}
                </th>
              ))}
              <th scope="col" class="n">
                {t.mean}
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(found.metrics).map(([name, row]) => (
              <tr key={name}>
                <th scope="row">{definitions.get(name)?.label ?? plain(name)}</th>
                {row.values.map((value, at) => (
                  <td key={names[at]} class="n" title={row.why[at] ?? undefined}>
                    {said(value, row.unit)}
                  </td>
                ))}
                <td class="n">{said(row.mean, row.unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
