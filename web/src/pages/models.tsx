/** The models that are kept, the best first: how well each did on sessions it never saw, and what it was made of. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { get } from "../api/client";
import type { Model } from "../api/types";
import { plain } from "../catalogue";
import { Loaded, useAsked } from "../parts/loaded";
import { texts } from "../texts";

const t = texts.models;

export function Models(_: PageProps): JSX.Element {
  const asked = useAsked((stop) => get<{ models: Model[] }>("/v1/models", {}, stop), []);
  return (
    <>
      <h1>{t.title}</h1>
      <Loaded asked={asked} empty={(found) => found.models.length === 0} nothing={t.none}>
        {({ models }) => <Leaderboard models={models} />}
      </Loaded>
    </>
  );
}

function Leaderboard({ models }: { models: Model[] }): JSX.Element {
  const scores = [...new Set(models.flatMap((one) => Object.keys(one.scores)))].sort();
  const [by, setBy] = useState(scores[0] ?? "");
  const value = (one: Model) => one.scores[by] ?? Number.NEGATIVE_INFINITY;
  const ordered = [...models].sort((a, b) => value(b) - value(a) || a.name.localeCompare(b.name));
  return (
    <>
      {scores.length > 1 && (
        <label>
          {t.order}
          <select value={by} onChange={(event) => setBy(event.currentTarget.value)}>
            {scores.map((one) => (
              <option key={one} value={one}>
                {plain(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="scroll" role="region" tabIndex={0} aria-label={t.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.name}</th>
              <th scope="col">{t.state}</th>
              {scores.map((one) => (
                <th key={one} scope="col" class="n" aria-sort={one === by ? "descending" : undefined}>
                  {plain(one)}
                </th>
              ))}
              <th scope="col">{t.made}</th>
            </tr>
          </thead>
          <tbody>
            {ordered.map((one) => (
              <tr key={one.id}>
                <th scope="row">{one.name}</th>
                <td>{one.state}</td>
                {scores.map((score) => (
                  <td key={score} class="n">
                    {one.scores[score]?.toFixed(3) ?? "–"}
                  </td>
                ))}
                <td class="small">
                  {t.data(one.data_version)}, {t.code} <code>{one.commit.slice(0, 10)}</code>, {t.lock}{" "}
                  <code>{one.lock.slice(0, 10)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
