/** A coach's view of the sessions that run now: each second and each lap as it comes, reconnecting by itself. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageProps } from "../app";
import { get } from "../api/client";
import type { Session, SessionPage } from "../api/types";
import { address } from "../navigation";
import { Loaded, useAsked } from "../parts/loaded";
import { useNames } from "../people";
import { texts } from "../texts";
import { clock, said } from "../units";

const LOOK = 10_000;
const LAPS = 20;
const t = texts.live;

export function Live(_: PageProps): JSX.Element {
  const asked = useAsked((stop) => get<SessionPage>("/v1/sessions", { limit: 200 }, stop), []);
  useEffect(() => {
    const looking = setInterval(asked.again, LOOK);
    return () => clearInterval(looking);
  }, [asked.again]);
  const running = asked.value?.sessions.filter((one) => one.state === "running") ?? [];
  const name = useNames(running.map((one) => one.athlete));
  return (
    <>
      <h1>{t.title}</h1>
      <Loaded asked={{ ...asked, waiting: false }} empty={() => running.length === 0} nothing={t.none}>
        {() => (
          <div class="cards">
            {running.map((one) => (
              <Running key={one.session} session={one} name={name(one.athlete)} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}

interface Second {
  kind: "second";
  cursor: number;
  elapsed_s: number | null;
  power_w: number | null;
  power_30s_w: number | null;
  weighted_power_w: number | null;
  w_prime_balance_j: number | null;
  heart_rate_bpm: number | null;
  cadence_rpm: number | null;
  speed_m_per_s: number | null;
}
interface Passing {
  kind: "passing";
  cursor: number;
  name: string;
  loop: number;
  split_s: number | null;
  lap_s: number | null;
  lap: number;
}
type State = "connecting" | "on" | "again" | "over" | "refused";

/** What a running session tells; connected again behind the last event after a break, a little later each time. */
function useLive(session: string): { second: Second | null; passings: Passing[]; state: State } {
  const [second, setSecond] = useState<Second | null>(null);
  const [passings, setPassings] = useState<Passing[]>([]);
  const [state, setState] = useState<State>("connecting");
  const cursor = useRef<number | null>(null);
  useEffect(() => {
    let [socket, later, wait, wanted] = [null as WebSocket | null, 0, 500, true];
    const connect = () => {
      const query = cursor.current === null ? "" : `?after=${cursor.current}`;
      socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/sessions/${session}/live${query}`);
      socket.onopen = () => {
        wait = 500;
        setState("on");
      };
      socket.onmessage = (message) => {
        const event = JSON.parse(String(message.data)) as Second | Passing;
        cursor.current = event.cursor;
        if (event.kind === "second") setSecond(event);
        else setPassings((before) => [event, ...before].slice(0, LAPS));
      };
      socket.onclose = ({ code }) => {
        if (!wanted) return;
        if (code === 4410) return setState("over");
        if (code >= 4400 && code < 4409) return setState("refused");
        setState("again");
        later = window.setTimeout(connect, wait);
        wait = Math.min(wait * 2, 15_000);
      };
    };
    connect();
    return () => {
      wanted = false;
      clearTimeout(later);
      socket?.close();
    };
  }, [session]);
  return { second, passings, state };
}

function Running({ session, name }: { session: Session; name: string }): JSX.Element {
  const { second, passings, state } = useLive(session.session);
  const told: [string, number | null | undefined, string][] = [
    [t.columns.power, second?.power_w, "W"],
    [t.columns.power30, second?.power_30s_w, "W"],
    [t.columns.weighted, second?.weighted_power_w, "W"],
    [t.columns.balance, second?.w_prime_balance_j, "J"],
    [t.columns.heart, second?.heart_rate_bpm, "1/min"],
    [t.columns.cadence, second?.cadence_rpm, "1/min"],
    [t.columns.speed, second?.speed_m_per_s, "m/s"],
  ];
  return (
    <section class="panel">
      <h2 style={{ marginTop: 0 }}>
        <a href={address(`/sessions/${session.session}`)}>{name}</a>
      </h2>
      <p role="status" class={state === "on" ? "good" : "soft"}>
        {t[state]} {second?.elapsed_s != null && clock(Math.round(second.elapsed_s))}
      </p>
      <table>
        <tbody>
          {told.map(([label, value, unit]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="n">{said(value ?? null, unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>{t.laps}</h3>
      {passings.length === 0 && <p class="soft">{t.noLaps}</p>}
      {passings.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t.lap}</th>
              <th scope="col">{t.loop}</th>
              <th scope="col" class="n">
                {t.split}
              </th>
              <th scope="col" class="n">
                {t.time}
              </th>
            </tr>
          </thead>
          <tbody>
            {passings.map((one) => (
              <tr key={one.cursor}>
                <td>{one.lap}</td>
                <td>{one.name || one.loop}</td>
                <td class="n">{one.split_s?.toFixed(3) ?? "–"}</td>
                <td class="n">{one.lap_s?.toFixed(3) ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
