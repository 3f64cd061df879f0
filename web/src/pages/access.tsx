/** Tokens: who may enter, as what, until when. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { get, type Problem, send } from "../api/client";
import type { Token } from "../api/types";
import { asProblem, Failure, Loaded, useAsked } from "../parts/loaded";
import { useAthletes, useNames } from "../people";
import { texts } from "../texts";
import { day, moment } from "../units";

const ROLES = ["athlete", "coach", "analyst", "device", "admin"];
const t = texts.access;

export function Access(_: PageProps): JSX.Element {
  const asked = useAsked((stop) => get<{ tokens: Token[] }>("/v1/tokens", {}, stop), []);
  const [problem, setProblem] = useState<Problem | null>(null);
  const revoke = async (id: string) => {
    try {
      await send("DELETE", `/v1/tokens/${id}`);
      setProblem(null);
    } catch (error) {
      setProblem(asProblem(error));
    }
    asked.again();
  };
  return (
    <>
      <h1>{t.title}</h1>
      <Issue issued={asked.again} />
      {problem && <Failure problem={problem} />}
      <Loaded asked={asked} empty={(found) => found.tokens.length === 0} nothing={t.none}>
        {({ tokens }) => <Table tokens={tokens} revoke={revoke} />}
      </Loaded>
    </>
  );
}

function Table({ tokens, revoke }: { tokens: Token[]; revoke: (id: string) => void }): JSX.Element {
  const name = useNames(tokens.flatMap((token) => token.athlete ?? []));
  const state = (token: Token) =>
    token.revoked ? t.revoked : token.expires && moment(token.expires) < Date.now() ? t.expired : t.good;
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={t.title}>
      <table>
        <thead>
          <tr>
            {[t.id, t.role, t.whose, t.scopes, t.issued, t.expires, t.state].map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">
                <code>{token.id}</code>
              </th>
              <td>{token.role}</td>
              <td>{token.athlete ? name(token.athlete) : "–"}</td>
              <td>{token.scopes.join(", ") || t.all}</td>
              <td>{day(token.issued)}</td>
              <td>{day(token.expires)}</td>
              <td>{state(token)}</td>
              <td>
                {state(token) === t.good && (
                  <button type="button" aria-label={`${t.revoke} ${token.id}`} onClick={() => revoke(token.id)}>
                    {t.revoke}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Issue({ issued }: { issued: () => void }): JSX.Element {
  const athletes = useAthletes().value ?? [];
  const name = useNames(athletes);
  const [role, setRole] = useState("coach");
  const [athlete, setAthlete] = useState("");
  const [days, setDays] = useState(90);
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const issue = async (event: Event) => {
    event.preventDefault();
    const expires = new Date(Date.now() + days * 86_400_000).toISOString();
    try {
      const made = await send<{ token: string }>("POST", "/v1/tokens", {
        role,
        expires,
        ...(athlete ? { athlete } : {}),
      });
      setToken(made.token);
      setProblem(null);
      issued();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <section class="panel" aria-labelledby="issue">
      <h2 id="issue" style={{ marginTop: 0 }}>
        {t.issue}
      </h2>
      <form class="row" onSubmit={issue}>
        <label>
          {t.role}
          <select value={role} onChange={(event) => setRole(event.currentTarget.value)}>
            {ROLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          {t.whose}
          <select value={athlete} onChange={(event) => setAthlete(event.currentTarget.value)}>
            <option value="">{t.nobody}</option>
            {athletes.map((one) => (
              <option key={one} value={one}>
                {name(one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.days}
          <input
            type="number"
            min={1}
            max={400}
            value={days}
            onInput={(event) => setDays(event.currentTarget.valueAsNumber)}
          />
        </label>
        <button type="submit" class="main">
          {t.make}
        </button>
      </form>
      {token && (
        <p role="status">
          {t.shown} <code>{token}</code>
        </p>
      )}
      {problem && <Failure problem={problem} />}
    </section>
  );
}
