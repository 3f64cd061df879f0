/** How an athlete changes: any metric over time, the best powers of each month, fitness and fatigue. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { PageProps } from "../app";
import { all, get } from "../api/client";
import type { Catalogue, Definition, Metric, MetricPage } from "../api/types";
import { byName, plain, useCatalogue } from "../catalogue";
import { address, go } from "../navigation";
import { Loaded, useAsked } from "../parts/loaded";
import { Key, Plot } from "../parts/plot";
import { useAthletes, useNames } from "../people";
import { texts } from "../texts";
import { clock, day, drawn, drawnUnit, moment, said } from "../units";

const t = texts.trends;
const USUAL = "weighted_power";
const MONTHS = 6;
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function Trends({ query }: PageProps): JSX.Element {
  const athletes = useAthletes();
  const catalogue = useCatalogue();
  return (
    <>
      <h1>{t.title}</h1>
      <Loaded asked={athletes} empty={(found) => found.length === 0} nothing={t.nobody}>
        {(found) => (
          <Loaded asked={catalogue}>
            {(definitions) => <Chosen athletes={found} catalogue={definitions} query={query} />}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

interface ChosenProps {
  athletes: string[];
  catalogue: Catalogue;
  query: URLSearchParams;
}

function Chosen({ athletes, catalogue, query }: ChosenProps): JSX.Element {
  const name = useNames(athletes);
  const athlete = query.get("athlete") ?? athletes[0] ?? "";
  const metric = query.get("metric") ?? USUAL;
  const asked = (key: string) => (event: Event) => {
    const changed = new URLSearchParams(query);
    changed.set(key, (event.currentTarget as HTMLSelectElement).value);
    go(address("/trends", changed), { replace: true });
  };
  return (
    <>
      <div class="row">
        <label>
          {t.athlete}
          <select value={athlete} onChange={asked("athlete")}>
            {athletes.map((one) => (
              <option key={one} value={one}>
                {name(one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.metric}
          <select value={metric} onChange={asked("metric")}>
            {catalogue.metrics.map((one) => (
              <option key={one.name} value={one.name}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <OverTime athlete={athlete} metric={metric} definition={byName(catalogue).get(metric)} />
      <Curves athlete={athlete} />
      <Fitness athlete={athlete} />
    </>
  );
}

/** Of an athlete's whole sessions, dated and had; the first first. */
function useMetric(athlete: string, metric: string) {
  return useAsked(
    async (stop) => {
      const pages = await all<MetricPage>(`/v1/athletes/${athlete}/metrics`, { metric, limit: 5000 }, stop);
      return pages.flatMap((page) => page.metrics).filter((one) => one.start && one.reason === null);
    },
    [athlete, metric],
  );
}

const onDay = (seconds: number) =>
  new Date(seconds * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "2-digit" });

function OverTime({
  athlete,
  metric,
  definition,
}: {
  athlete: string;
  metric: string;
  definition: Definition | undefined;
}) {
  const asked = useMetric(athlete, metric);
  const unit = definition?.unit ?? "";
  return (
    <section aria-labelledby="over-time">
      <h2 id="over-time">
        {definition?.label ?? plain(metric)} <span class="soft">{drawnUnit(unit)}</span>
      </h2>
      <Loaded asked={asked} empty={(found) => !found.some((one) => one.value !== null)} nothing={t.none}>
        {(found) => {
          const shown = found.filter((one) => one.value !== null);
          const data: uPlot.AlignedData = [
            shown.map((one) => moment(one.start ?? "") / 1000),
            shown.map((one) => drawn(one.value, unit)),
          ];
          return (
            <>
              <Plot
                label={`${definition?.label ?? metric}, ${shown.length}`}
                data={data}
                lines={[{ label: metric, colour: 1, points: true }]}
                height={220}
                across={onDay}
              />
              <details>
                <summary>{t.table}</summary>
                <Numbers shown={shown} unit={unit} />
              </details>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Numbers({ shown, unit }: { shown: Metric[]; unit: string }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t.date}</th>
          <th scope="col" class="n">
            {t.value}
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((one) => (
          <tr key={one.session}>
            <th scope="row">
              <a href={address(`/sessions/${one.session}`)}>{day(one.start)}</a>
            </th>
            <td class="n">{said(one.value, unit)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Best {
  durations: number[];
  power: (number | null)[];
}

function Curves({ athlete }: { athlete: string }): JSX.Element {
  const asked = useMetric(athlete, "best_efforts");
  return (
    <section aria-labelledby="curves">
      <h2 id="curves">
        {t.curve} <span class="soft">W</span>
      </h2>
      <Loaded asked={asked} empty={(found) => found.length === 0} nothing={t.noCurve}>
        {(found) => <Months best={found} />}
      </Loaded>
    </section>
  );
}

/** The best of each duration of each of the last months. */
function Months({ best }: { best: Metric[] }): JSX.Element {
  const { months, data } = useMemo(() => {
    const curves = new Map<string, Map<number, number>>();
    for (const one of best) {
      const { durations, power } = one.detail as Best;
      const month = (one.start ?? "").slice(0, 7);
      const curve = curves.get(month) ?? new Map<number, number>();
      durations.forEach((duration, at) => {
        const value = power[at];
        if (typeof value === "number") curve.set(duration, Math.max(curve.get(duration) ?? 0, value));
      });
      curves.set(month, curve);
    }
    const latest = [...curves.keys()].sort().slice(-MONTHS);
    const axis = [...new Set(latest.flatMap((month) => [...(curves.get(month)?.keys() ?? [])]))].sort((a, b) => a - b);
    const rows = latest.map((month) => axis.map((duration) => curves.get(month)?.get(duration) ?? null));
    return { months: latest, data: [axis, ...rows] as uPlot.AlignedData };
  }, [best]);
  const lines = months.map((month, at) => ({ label: month, colour: at + 1 }));
  return (
    <>
      <Key lines={lines} />
      <Plot
        label={`${t.curve}: ${months.join(", ")}`}
        data={data}
        lines={lines}
        height={260}
        across={clock}
        logarithmic
      />
    </>
  );
}

interface Form {
  days: string[];
  load: (number | null)[];
  fitness: (number | null)[];
  fatigue: (number | null)[];
}

function Fitness({ athlete }: { athlete: string }): JSX.Element {
  const asked = useAsked((stop) => get<Form>(`/v1/athletes/${athlete}/fitness`, { zone: ZONE }, stop), [athlete]);
  const lines = [
    { label: t.lines.fitness, colour: 1 },
    { label: t.lines.fatigue, colour: 2 },
    { label: t.lines.load, colour: 5, points: true },
  ];
  return (
    <section aria-labelledby="fitness">
      <h2 id="fitness">{t.fitness}</h2>
      <Loaded asked={asked} empty={(found) => found.days.length === 0} nothing={t.noFitness}>
        {(found) => {
          const days = found.days.map((one) => Date.parse(`${one}T12:00:00Z`) / 1000);
          const load = found.load.map((value) => value || null);
          return (
            <>
              <Key lines={lines} />
              <Plot
                label={t.fitness}
                data={[days, found.fitness, found.fatigue, load]}
                lines={lines}
                height={220}
                across={onDay}
              />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}
