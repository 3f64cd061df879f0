/** Every session there is, the latest first: searched, filtered, and added to by dropping files. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { PageProps } from "../app";
import { all } from "../api/client";
import type { Metric, MetricPage, Session, SessionPage } from "../api/types";
import { address, go } from "../navigation";
import { Loaded, useAsked } from "../parts/loaded";
import { useNames } from "../people";
import { texts } from "../texts";
import { clock, day, hour, moment, said } from "../units";
import { useMay } from "../visit";
import { Uploads } from "./uploads";

const SHOWN_AT_ONCE = 100;
const LOOKED_AT = ["distance_covered", "average_power", "average_heart_rate"];
const t = texts.sessions;

export function Sessions({ query }: PageProps): JSX.Element {
  const sessions = useAsked(async (stop) => {
    const pages = await all<SessionPage>("/v1/sessions", { limit: 200 }, stop);
    return pages.flatMap((page) => page.sessions);
  }, []);
  return (
    <>
      <h1>{t.title}</h1>
      {useMay("write data") && <Uploads arrived={sessions.again} />}
      <Loaded asked={sessions} empty={(found) => found.length === 0} nothing={t.none}>
        {(found) => <Listed sessions={found} query={query} />}
      </Loaded>
    </>
  );
}

function Listed({ sessions, query }: { sessions: Session[]; query: URLSearchParams }): JSX.Element {
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  const athletes = useMemo(() => [...new Set(sessions.map((one) => one.athlete))], [sessions]);
  const name = useNames(athletes.slice(0, 50));
  const values = useValues(athletes.slice(0, 20));
  const wanted = (one: Session) => fits(one, query, name);
  const found = sessions.filter(wanted);
  const shown = found.slice(0, most);
  return (
    <>
      <Filters sessions={sessions} athletes={athletes} query={query} name={name} />
      <p role="status">{t.count(found.length, sessions.length)}</p>
      {found.length === 0 && (
        <p>
          {t.noneFound}{" "}
          <button type="button" onClick={() => go(address("/"), { replace: true })}>
            {t.clear}
          </button>
        </p>
      )}
      {found.length > 0 && <Table sessions={shown} name={name} values={values} />}
      {found.length > most && (
        <button type="button" onClick={() => setMost(most + SHOWN_AT_ONCE)}>
          {t.older}
        </button>
      )}
    </>
  );
}

function fits(one: Session, query: URLSearchParams, name: (athlete: string) => string): boolean {
  const date = one.start?.slice(0, 10) ?? "";
  const [athlete, sport, from, to] = ["athlete", "sport", "from", "to"].map((key) => query.get(key) ?? "");
  if (athlete && one.athlete !== athlete) return false;
  if (sport && one.sport !== sport) return false;
  if ((from && date < from) || (to && (!date || date > to))) return false;
  const said = [one.sport, date, day(one.start), one.athlete, name(one.athlete), one.state].join(" ").toLowerCase();
  return (query.get("search") ?? "")
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

interface FiltersProps {
  sessions: Session[];
  athletes: string[];
  query: URLSearchParams;
  name: (athlete: string) => string;
}

function Filters({ sessions, athletes, query, name }: FiltersProps): JSX.Element {
  const sports = [...new Set(sessions.map((one) => one.sport).filter(Boolean))].sort();
  const asked = (key: string) => (event: Event) => {
    const changed = new URLSearchParams(query);
    const value = (event.currentTarget as HTMLInputElement).value;
    if (value) changed.set(key, value);
    else changed.delete(key);
    go(address("/", changed), { replace: true });
  };
  return (
    <search class="row">
      <label>
        {t.search}
        <input type="search" value={query.get("search") ?? ""} placeholder={t.searchHint} onInput={asked("search")} />
      </label>
      {athletes.length > 1 && (
        <label>
          {t.athlete}
          <select value={query.get("athlete") ?? ""} onChange={asked("athlete")}>
            <option value="">{t.everybody}</option>
            {athletes.map((one) => (
              <option key={one} value={one}>
                {name(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {sports.length > 0 && (
        <label>
          {t.sport}
          <select value={query.get("sport") ?? ""} onChange={asked("sport")}>
            <option value="">{t.any}</option>
            {sports.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t.from}
        <input type="date" value={query.get("from") ?? ""} onInput={asked("from")} />
      </label>
      <label>
        {t.to}
        <input type="date" value={query.get("to") ?? ""} onInput={asked("to")} />
      </label>
    </search>
  );
}

type Values = Map<string, Map<string, Metric>>;

/** Session → metric → what it is, of athletes' whole sessions. */
function useValues(athletes: string[]): Values {
  const asked = useAsked(
    async (stop) => {
      const values: Values = new Map();
      for (const athlete of athletes) {
        const path = `/v1/athletes/${athlete}/metrics`;
        const pages = await all<MetricPage & { next: string | null }>(path, { metric: LOOKED_AT, limit: 5000 }, stop);
        for (const metric of pages.flatMap((page) => page.metrics)) {
          const session = values.get(metric.session) ?? new Map<string, Metric>();
          values.set(metric.session, session.set(metric.metric, metric));
        }
      }
      return values;
    },
    [athletes.join()],
  );
  return asked.value ?? new Map();
}

function Table({ sessions, name, values }: { sessions: Session[]; name: (a: string) => string; values: Values }) {
  const value = (one: Session, metric: string) => {
    const found = values.get(one.session)?.get(metric);
    return said(found?.value ?? null, found?.unit ?? null);
  };
  const lasted = (one: Session) =>
    one.start && one.end ? clock(Math.round((moment(one.end) - moment(one.start)) / 1000)) : "–";
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={t.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.columns.date}</th>
            <th scope="col">{t.columns.athlete}</th>
            <th scope="col">{t.columns.state}</th>
            <th scope="col" class="n">
              {t.columns.duration}
            </th>
            <th scope="col" class="n">
              {t.columns.distance}
            </th>
            <th scope="col" class="n">
              {t.columns.power}
            </th>
            <th scope="col" class="n">
              {t.columns.heart}
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((one) => (
            <tr key={one.session}>
              <th scope="row">
                <a href={address(`/sessions/${one.session}`)}>
                  {one.start ? `${day(one.start)}, ${hour(one.start)}` : t.undated}
                </a>
              </th>
              <td>{name(one.athlete)}</td>
              <td>{[one.sport, one.state].filter(Boolean).join(", ")}</td>
              <td class="n">{lasted(one)}</td>
              <td class="n">{value(one, "distance_covered")}</td>
              <td class="n">{value(one, "average_power")}</td>
              <td class="n">{value(one, "average_heart_rate")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
