/** One session: what was recorded, its laps and efforts, and the metrics of whatever part of it is selected. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { get } from "../api/client";
import type { Annotations, Effort, SessionDetails, Stream } from "../api/types";
import { Loaded, useAsked } from "../parts/loaded";
import type { Range } from "../parts/plot";
import { useNames } from "../people";
import { texts } from "../texts";
import { day, hour, moment } from "../units";
import { About } from "./session/about";
import { Efforts, type Selection, SelectionForm } from "./session/efforts";
import { Measured } from "./session/measured";
import { Recorded } from "./session/recorded";

const t = texts.session;

export function Session({ params }: PageProps): JSX.Element {
  const path = `/v1/sessions/${params["id"]}`;
  const asked = useAsked((stop) => get<SessionDetails>(path, {}, stop), [path]);
  return <Loaded asked={asked}>{(session) => <Whole session={session} path={path} changed={asked.again} />}</Loaded>;
}

interface Props {
  session: SessionDetails;
  path: string;
  changed: () => void;
}

function Whole({ session, path, changed }: Props): JSX.Element {
  const name = useNames([session.athlete]);
  const streams = useAsked((stop) => get<{ streams: Stream[] }>(`${path}/samples`, {}, stop), [path]);
  const efforts = useAsked((stop) => get<{ efforts: Effort[] }>(`${path}/efforts`, {}, stop), [path]);
  const said = useAsked((stop) => get<Annotations>(`${path}/annotations`, {}, stop), [path]);
  const [selection, setSelection] = useState<Selection | null>(null);
  const [range, setRange] = useState<Range | null>(null);
  const whole = efforts.value?.efforts.find((one) => one.number === 0);
  const start = session.start ?? whole?.start ?? streams.value?.streams[0]?.start ?? null;
  const end = session.end ?? whole?.end ?? null;
  const length = start && end ? (moment(end) - moment(start)) / 1000 : 0;
  const drag = (part: Range | null) => setSelection(part && { from: part[0], to: part[1], name: "" });
  return (
    <>
      <h1>
        {start ? `${day(start)}, ${hour(start)}` : texts.sessions.undated} · {name(session.athlete)}
      </h1>
      <p class="soft">
        {[session.sport || whole?.sport, session.state, session.reason].filter(Boolean).join(" · ")}
        {session.packets_lost > 0 && ` · ${t.lost(session.packets_lost)}`}
      </p>
      <section aria-labelledby="recorded">
        <h2 id="recorded">{t.chart}</h2>
        <Loaded asked={streams} empty={(found) => !start || found.streams.length === 0} nothing={t.noSamples}>
          {(found) => (
            <Recorded
              path={path}
              start={start ?? ""}
              length={length}
              streams={found.streams}
              range={range}
              zoom={setRange}
              selection={selection}
              select={drag}
            />
          )}
        </Loaded>
      </section>
      <div class="columns">
        <div>
          <h2>{t.efforts}</h2>
          <Loaded asked={efforts} empty={(found) => found.efforts.length === 0}>
            {(found) => (
              <Efforts
                efforts={found.efforts}
                marks={said.value?.marks ?? []}
                start={start ?? ""}
                selection={selection}
                select={setSelection}
              />
            )}
          </Loaded>
          {start && (
            <SelectionForm
              key={`${selection?.from} ${selection?.to}`}
              path={path}
              session={session.session}
              start={start}
              length={length}
              selection={selection}
              select={setSelection}
              marked={said.again}
            />
          )}
        </div>
        <Measured path={path} start={start} selection={selection} />
      </div>
      <Loaded asked={said}>
        {(found) => <About session={session} path={path} notes={found.notes} again={said.again} changed={changed} />}
      </Loaded>
    </>
  );
}
