/** The catalogue, searchable: what each metric means, from what, by whose formula. */
import type { JSX } from "preact";
import type { PageProps } from "../app";
import type { Catalogue, Definition } from "../api/types";
import { byName, plain, useCatalogue } from "../catalogue";
import { address, go } from "../navigation";
import { Loaded } from "../parts/loaded";
import { Tree } from "../parts/tree";
import { texts } from "../texts";

const t = texts.metrics;

export function Metrics({ query }: PageProps): JSX.Element {
  return (
    <>
      <h1>{t.title}</h1>
      <p>{t.intro}</p>
      <Loaded asked={useCatalogue()}>
        {(found) => <Found catalogue={found} search={query.get("search") ?? ""} />}
      </Loaded>
    </>
  );
}

function Found({ catalogue, search }: { catalogue: Catalogue; search: string }): JSX.Element {
  const words = search.toLowerCase().split(/\s+/);
  const shown = catalogue.metrics.filter((one) => {
    const said = [one.name, one.label, one.summary, one.group, ...one.known_as].join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  });
  const definitions = byName(catalogue);
  return (
    <>
      <search class="row">
        <label>
          {t.search}
          <input
            type="search"
            value={search}
            onInput={(event) => {
              const asked = event.currentTarget.value;
              go(address("/metrics", asked ? { search: asked } : {}), { replace: true });
            }}
          />
        </label>
      </search>
      <p role="status">{shown.length ? t.count(shown.length, catalogue.metrics.length) : t.none}</p>
      {shown.map((one) => (
        <Entry key={one.name} one={one} definitions={definitions} open={shown.length === 1} />
      ))}
    </>
  );
}

function Entry({ one, definitions, open }: { one: Definition; definitions: Map<string, Definition>; open: boolean }) {
  const label = (name: string) => definitions.get(name)?.label ?? plain(name);
  return (
    <details class="metric" open={open}>
      <summary>
        <span>
          <strong>{one.label}</strong> <span class="soft">{one.summary}</span>
        </span>
        <span class="soft">{one.unit === "1" ? "" : one.unit}</span>
      </summary>
      <div>
        <p class="soft small">
          <code>{one.name}</code>
          {one.known_as.length > 0 && ` · ${t.known}: ${one.known_as.join(", ")}`}
        </p>
        <p class="definition">{one.definition}</p>
        {one.uses.length > 0 && (
          <p>
            {t.uses}: {one.uses.map(label).join(", ")}
          </p>
        )}
        <h3 class="small">{t.restedOn}</h3>
        <Tree name={one.name} definitions={definitions} />
      </div>
    </details>
  );
}
