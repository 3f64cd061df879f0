/** Around a session: where and on what it was, how hard it felt, its files, and what people wrote. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get, type Problem, send } from "../../api/client";
import type { Annotations, Recording, SessionDetails } from "../../api/types";
import { asProblem, Failure, Loaded, useAsked } from "../../parts/loaded";
import { texts } from "../../texts";
import { useMay } from "../../visit";

const t = texts.session;
const PLACES = ["venue", "bike", "zone", "conditions"] as const;

interface Props {
  session: SessionDetails;
  path: string;
  notes: Annotations["notes"];
  again: () => void;
  changed: () => void;
}

export function About({ session, path, notes, again, changed }: Props): JSX.Element {
  const files = useAsked((stop) => get<{ recordings: Recording[] }>(`${path}/recordings`, {}, stop), [path]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const may = useMay("annotate");
  const done = async (work: Promise<unknown>, then: () => void) => {
    try {
      await work;
      setProblem(null);
      then();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const describe = (event: Event) => {
    event.preventDefault();
    const told = Object.entries(Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)));
    const body = Object.fromEntries(told.filter(([, value]) => value !== ""));
    void done(send("PUT", `${path}/context`, body), changed);
  };
  const write = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("note") ?? "").trim();
    if (text)
      void done(send("POST", `${path}/notes`, { text }), () => {
        form.reset();
        again();
      });
  };
  return (
    <div class="cards">
      <section>
        <h2>{t.context}</h2>
        <form onSubmit={describe}>
          <div class="row">
            {PLACES.map((place) => (
              <label key={place}>
                {t[place]}
                <input name={place} maxLength={200} disabled={!may} defaultValue={session.context[place] ?? ""} />
              </label>
            ))}
            {may && <button type="submit">{t.save}</button>}
          </div>
        </form>
        <label>
          {t.feedback}
          <select
            disabled={!may}
            value={session.feedback ?? ""}
            onChange={(event) => {
              const score = event.currentTarget.value;
              if (score) void done(send("PUT", `${path}/feedback`, { score: Number(score) }), changed);
            }}
          >
            <option value="">–</option>
            {Array.from({ length: 11 }, (_, score) => (
              <option key={score} value={score}>
                {score}
              </option>
            ))}
          </select>
        </label>
      </section>
      <section>
        <h2>{t.notes}</h2>
        {notes.length === 0 && <p class="soft">{t.noNotes}</p>}
        {notes.map((note) => (
          <p key={note.id}>
            {note.text}{" "}
            {may && (
              <button
                type="button"
                class="quiet small"
                onClick={() => void done(send("DELETE", `${path}/notes/${note.id}`), again)}
              >
                {t.takeBack}
              </button>
            )}
          </p>
        ))}
        {may && (
          <form class="row" onSubmit={write}>
            <label>
              {t.write}
              <textarea name="note" rows={2} maxLength={10000} />
            </label>
            <button type="submit">{t.save}</button>
          </form>
        )}
        {problem && <Failure problem={problem} />}
      </section>
      <section>
        <h2>{t.files}</h2>
        <Loaded asked={files} empty={(found) => found.recordings.length === 0}>
          {(found) => (
            <ul>
              {found.recordings.map((one) => (
                <li key={one.sha256}>
                  <a href={`${path}/recordings/${one.sha256}`} download={one.name || "recording"}>
                    {one.name || one.sha256.slice(0, 12)}
                  </a>{" "}
                  <span class="soft">
                    {one.format}, {Math.ceil(one.size / 1024).toLocaleString("en-GB")} kB
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </section>
    </div>
  );
}
