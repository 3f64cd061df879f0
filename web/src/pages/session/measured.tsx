/** The metrics of the selection: each with its definition, its sources and its readings; the missing ones with why. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { all, get } from "../../api/client";
import type { Definition, Metric, MetricPage } from "../../api/types";
import { byName, plain, useCatalogue } from "../../catalogue";
import { Failure, Loaded, useAsked, Waiting } from "../../parts/loaded";
import { Tree } from "../../parts/tree";
import { texts } from "../../texts";
import { after, clock, said } from "../../units";
import type { Selection } from "./efforts";

const t = texts.session;

interface Props {
  path: string;
  start: string | null;
  selection: Selection | null;
}

export function Measured({ path, start, selection }: Props): JSX.Element {
  const catalogue = useCatalogue();
  const asked = useAsked(
    async (stop) => {
      if (!selection || !start) {
        const pages = await all<MetricPage>(`${path}/metrics`, { effort: 0, limit: 5000 }, stop);
        return { of: null, metrics: pages.flatMap((page) => page.metrics) };
      }
      const part = { start: after(start, selection.from), end: after(start, selection.to) };
      return { of: selection, metrics: (await get<MetricPage>(`${path}/measure`, part, stop)).metrics };
    },
    [path, selection?.from, selection?.to],
  );
  const [search, setSearch] = useState("");
  const [headline, setHeadline] = useState(false);
  const name = selection ? selection.name || `${clock(selection.from)} – ${clock(selection.to)}` : t.whole;
  return (
    <section aria-labelledby="measured">
      <h2 id="measured">{t.metrics(name)}</h2>
      <div class="row">
        <label>
          {t.search}
          <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={headline} onChange={(event) => setHeadline(event.currentTarget.checked)} />
          {t.headline}
        </label>
      </div>
      {asked.waiting && <Waiting why={selection ? t.measuring : texts.loading} />}
      {asked.problem && <Failure problem={asked.problem} again={asked.again} />}
      {!asked.waiting && asked.value && (
        <Loaded asked={catalogue}>
          {(found) => {
            const definitions = byName(found);
            const wanted = (one: Metric) => {
              const entry = definitions.get(one.metric);
              const words = `${one.metric} ${entry?.label ?? ""}`.toLowerCase();
              return words.includes(search.toLowerCase()) && (!headline || entry?.headline);
            };
            return <Sorted metrics={asked.value?.metrics.filter(wanted) ?? []} definitions={definitions} />;
          }}
        </Loaded>
      )}
    </section>
  );
}

function Sorted({ metrics, definitions }: { metrics: Metric[]; definitions: Map<string, Definition> }): JSX.Element {
  const first = (one: Metric) => (definitions.get(one.metric)?.headline ? 0 : 1);
  const had = metrics.filter((one) => one.reason === null).sort((a, b) => first(a) - first(b));
  const missing = metrics.filter((one) => one.reason !== null);
  return (
    <>
      <p role="status">{t.had(had.length)}</p>
      {had.map((one) => (
        <Row key={one.metric} one={one} definitions={definitions} />
      ))}
      {missing.length > 0 && (
        <details>
          <summary>{t.missing(missing.length)}</summary>
          <ul>
            {missing.map((one) => (
              <li key={one.metric}>
                <strong>{definitions.get(one.metric)?.label ?? plain(one.metric)}</strong>: {one.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Row({ one, definitions }: { one: Metric; definitions: Map<string, Definition> }): JSX.Element {
  const entry = definitions.get(one.metric);
  const value = one.value === null ? detail(one) : said(one.value, one.unit);
  const [open, setOpen] = useState(false);
  return (
    <details class="metric" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span>{entry?.label ?? plain(one.metric)}</span>
        <span>
          {(one.problems?.length ?? 0) > 0 && <span class="bad">! </span>}
          {value}
        </span>
      </summary>
      {open && (
        <div>
          <p>{entry?.summary}</p>
          {one.problems?.map((problem) => (
            <p key={problem} class="bad">
              {problem}
            </p>
          ))}
          {one.detail !== null && <Detail detail={one.detail} unit={one.unit} />}
          <p class="small">
            {one.used !== null && t.readings(one.used)}
            {one.sources && one.sources.length > 0 && `. ${t.sources}: `}
            {one.sources
              ?.map((source) => source.name + (source.unused ? ` (${t.unused(source.unused)})` : ""))
              .join(", ")}
          </p>
          <details>
            <summary class="small">{t.rests}</summary>
            <Tree name={one.metric} definitions={definitions} />
          </details>
          <details>
            <summary class="small">{texts.metrics.title}</summary>
            <p class="definition">{entry?.definition}</p>
          </details>
        </div>
      )}
    </details>
  );
}

function detail(one: Metric): string {
  return one.detail === null ? t.series : Array.isArray(one.detail) ? `${one.detail.length} ×` : "…";
}

/** A list of numbers, or lists of one length by their names, as a table; anything else as it came. */
function Detail({ detail, unit }: { detail: unknown; unit: string | null }): JSX.Element {
  const columns = Array.isArray(detail) ? { "": detail } : detail;
  const lists = typeof columns === "object" && columns !== null ? Object.entries(columns) : [];
  const long = lists.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  if (long.length === 0) return <pre class="definition">{JSON.stringify(detail, null, 1)}</pre>;
  const rows = Math.min(Math.max(...long.map(([, list]) => list.length)), 50);
  const cell = (name: string, value: unknown) =>
    typeof value === "number" ? (name === "durations" ? clock(value) : said(value, unit)) : String(value ?? "–");
  return (
    <div class="scroll small" role="region" tabIndex={0} aria-label={t.series}>
      <table>
        <thead>
          <tr>
            {long.map(([name]) => (
              <th key={name} scope="col">
                {name ? plain(name) : "#"}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, at) => (
            <tr key={at}>
              {long.map(([name, list]) => (
                <td key={name}>{cell(name, list[at])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
