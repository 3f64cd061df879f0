/** Who is enrolled, what they agree to, their settings; everything of theirs to take along, or to take away. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { get, type Problem, send } from "../api/client";
import type { Consent, Person } from "../api/types";
import { asProblem, Failure, Loaded, useAsked } from "../parts/loaded";
import { forgetName, useAthletes } from "../people";
import { texts } from "../texts";
import { day } from "../units";
import { useMay } from "../visit";

const PURPOSES = ["coaching", "analysis"];
const t = texts.people;

export function People(_: PageProps): JSX.Element {
  const athletes = useAthletes();
  return (
    <>
      <h1>{t.title}</h1>
      {useMay("change person") && useMay("read list") && <Enrol enrolled={athletes.again} />}
      <Loaded asked={athletes} empty={(found) => found.length === 0} nothing={t.none}>
        {(found) => (
          <div class="cards">
            {found.map((one) => (
              <Card key={one} athlete={one} gone={athletes.again} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}

function Enrol({ enrolled }: { enrolled: () => void }): JSX.Element {
  const [name, setName] = useState("");
  const [changing, setChanging] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const enrol = async (event: Event) => {
    event.preventDefault();
    try {
      await send("POST", "/v1/athletes", { name: name.trim(), changing_pseudonyms: changing });
      setName("");
      setProblem(null);
      enrolled();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <section class="panel" aria-labelledby="enrol">
      <h2 id="enrol" style={{ marginTop: 0 }}>
        {t.enrol}
      </h2>
      <form class="row" onSubmit={enrol}>
        <label>
          {t.name}
          <input required maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={changing} onChange={(event) => setChanging(event.currentTarget.checked)} />
          {t.changing}
        </label>
        <button type="submit" class="main">
          {t.enrol}
        </button>
      </form>
      {problem && <Failure problem={problem} />}
    </section>
  );
}

function Card({ athlete, gone }: { athlete: string; gone: () => void }): JSX.Element {
  const path = `/v1/athletes/${athlete}`;
  const asked = useAsked((stop) => get<Person>(path, {}, stop), [athlete]);
  const [may, mayErase] = [useMay("export person"), useMay("forget person")];
  return (
    <section class="panel">
      <Loaded asked={asked}>
        {(person) => (
          <>
            <h2 style={{ marginTop: 0 }}>{person.name}</h2>
            <p class="soft small">
              {t.pseudonym} <code>{athlete}</code>
              {person.changing_pseudonyms && ` · ${t.changing}`} · {t.since} {day(person.since)}
            </p>
            <Consents athlete={athlete} />
            <Settings athlete={athlete} />
            <div class="row">
              {may && (
                <a href={`${path}/export`} download="paceline-export.json">
                  {t.export}
                </a>
              )}
              {mayErase && <Erase person={person} gone={gone} />}
            </div>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Consents({ athlete }: { athlete: string }): JSX.Element {
  const path = `/v1/athletes/${athlete}/consents`;
  const asked = useAsked((stop) => get<{ consents: Consent[] }>(path, {}, stop), [athlete]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const may = useMay("consent");
  const say = async (purpose: string, given: boolean) => {
    try {
      await send("PUT", `${path}/${purpose}`, { given });
      setProblem(null);
    } catch (error) {
      setProblem(asProblem(error));
    }
    asked.again();
  };
  return (
    <Loaded asked={asked}>
      {({ consents }) => {
        const last = new Map(consents.map((one) => [one.purpose, one.given]));
        return (
          <fieldset class="row">
            <legend>{t.consents}</legend>
            {[...new Set([...PURPOSES, ...last.keys()])].map((purpose) => (
              <label key={purpose} class="check">
                <input
                  type="checkbox"
                  disabled={!may}
                  checked={last.get(purpose) ?? false}
                  onChange={(event) => say(purpose, event.currentTarget.checked)}
                />
                {t.purposes[purpose] ?? purpose}
              </label>
            ))}
            {problem && <Failure problem={problem} />}
          </fieldset>
        );
      }}
    </Loaded>
  );
}

function Settings({ athlete }: { athlete: string }): JSX.Element | null {
  const path = `/v1/athletes/${athlete}/settings`;
  const asked = useAsked(
    (stop) => get<{ settings: Record<string, Record<string, number | string>> }>(path, {}, stop),
    [athlete],
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const may = useMay("plan");
  const set = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const told = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const value = Number(told["value"]);
    try {
      const body = { value: Number.isFinite(value) ? value : told["value"], since: told["since"] };
      await send("PUT", `${path}/${encodeURIComponent(told["name"] ?? "")}`, body);
      setProblem(null);
      form.reset();
    } catch (error) {
      setProblem(asProblem(error));
    }
    asked.again();
  };
  if (!useMay("read data")) return null;
  return (
    <details>
      <summary>{t.settings}</summary>
      <Loaded asked={asked} empty={(found) => Object.keys(found.settings).length === 0} nothing={t.noSettings}>
        {({ settings }) => (
          <ul class="small">
            {Object.entries(settings).map(([name, days]) =>
              Object.entries(days).map(([since, value]) => (
                <li key={name + since}>
                  {name} {value} <span class="soft">{since}</span>
                </li>
              )),
            )}
          </ul>
        )}
      </Loaded>
      {may && (
        <form class="row" onSubmit={set}>
          <label>
            {t.setting}
            <input name="name" required pattern="[a-z0-9_]+" />
          </label>
          <label>
            {t.value}
            <input name="value" required />
          </label>
          <label>
            {t.from}
            <input name="since" type="date" required />
          </label>
          <button type="submit">{t.set}</button>
        </form>
      )}
      {problem && <Failure problem={problem} />}
    </details>
  );
}

function Erase({ person, gone }: { person: Person; gone: () => void }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const erase = async (event: Event) => {
    event.preventDefault();
    try {
      await send("DELETE", `/v1/athletes/${person.athlete}`);
      forgetName(person.athlete);
      gone();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  if (!asking)
    return (
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        {t.erase}
      </button>
    );
  return (
    <form onSubmit={erase} class="failure">
      <p>{t.eraseWhy}</p>
      <div class="row">
        <label>
          {t.eraseType(person.name)}
          <input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
        <button type="submit" class="danger" disabled={typed.trim() !== person.name.trim()}>
          {t.eraseNow}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          {t.keep}
        </button>
      </div>
      {problem && <Failure problem={problem} />}
    </form>
  );
}
