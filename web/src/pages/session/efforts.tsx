/** Laps, marks and efforts that were found: to select, to make and to name. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Problem, send } from "../../api/client";
import type { Effort, Mark } from "../../api/types";
import { choose, chosen, same } from "../../basket";
import { asProblem, Failure } from "../../parts/loaded";
import { texts } from "../../texts";
import { after, clock, moment, seconds } from "../../units";
import { useMay } from "../../visit";

const t = texts.session;

/** Part of a session, in seconds since it began. */
export interface Selection {
  from: number;
  to: number;
  name: string;
  mark?: string;
}

interface Row extends Selection {
  key: string;
  kind: string;
}

interface EffortsProps {
  efforts: Effort[];
  marks: Mark[];
  start: string;
  selection: Selection | null;
  select: (part: Selection | null) => void;
}

export function Efforts({ efforts, marks, start, selection, select }: EffortsProps): JSX.Element {
  const at = (told: string) => (moment(told) - moment(start)) / 1000;
  const rows: Row[] = efforts.flatMap((one) =>
    one.start && one.end
      ? [{ key: `${one.number}`, from: at(one.start), to: at(one.end), name: one.effort, kind: one.origin ?? "" }]
      : [],
  );
  const marked = marks.map((one) => ({
    key: one.id,
    mark: one.id,
    from: at(one.start),
    to: at(one.end),
    name: one.name || one.kind,
    kind: "mark",
  }));
  return (
    <ul class="list panel">
      {[...marked, ...rows].map((row) => {
        const whole = row.kind === "whole";
        const here = whole ? !selection : selection?.from === row.from && selection.to === row.to;
        return (
          <li key={row.key}>
            <button type="button" aria-pressed={here} onClick={() => select(whole ? null : row)}>
              <span>
                {row.name} <span class="soft small">{t.origins[row.kind] ?? row.kind}</span>
              </span>
              <span class="soft">{clock(Math.round((row.to - row.from) * 10) / 10)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface FormProps {
  path: string;
  session: string;
  start: string;
  length: number;
  selection: Selection | null;
  select: (part: Selection | null) => void;
  marked: () => void;
}

/** The selection as numbers: exact, without a mouse, and ready to be named. */
export function SelectionForm(props: FormProps): JSX.Element {
  const { path, session, start, length, selection, select, marked } = props;
  const [from, setFrom] = useState(clock(Math.round((selection?.from ?? 0) * 10) / 10));
  const [to, setTo] = useState(clock(Math.round((selection?.to ?? length) * 10) / 10));
  const [name, setName] = useState(selection?.name ?? "");
  const [wrong, setWrong] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const may = useMay("annotate");

  const choice = (): Selection | null => {
    const [begin, end] = [seconds(from), seconds(to)];
    const fault = begin === null || end === null ? t.badTime : end <= begin ? t.order : "";
    setWrong(fault);
    return fault ? null : { from: begin ?? 0, to: end ?? 0, name };
  };
  const done = async (method: "PUT" | "DELETE", key: string, body?: unknown) => {
    try {
      await send(method, `${path}/marks/${key}`, body);
      setProblem(null);
      marked();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const mark = async () => {
    const part = choice();
    if (!part) return;
    const body = { start: after(start, part.from), end: after(start, part.to), name: name.trim() };
    await done("PUT", selection?.mark ?? crypto.randomUUID(), body);
  };
  return (
    <form
      class="panel"
      aria-label={t.selection}
      onSubmit={(event) => {
        event.preventDefault();
        const part = choice();
        if (part) select(part);
      }}
    >
      <div class="row">
        <label>
          {t.from}
          <input size={8} value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          {t.to}
          <input size={8} value={to} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <button type="submit">{t.select}</button>
      </div>
      {may && (
        <div class="row">
          <label>
            {t.name}
            <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button type="button" onClick={mark}>
            {t.mark}
          </button>
          {selection?.mark && (
            <button type="button" class="danger" onClick={() => done("DELETE", selection.mark ?? "")}>
              {t.unmark}
            </button>
          )}
        </div>
      )}
      <Aside session={session} start={start} length={length} selection={selection} name={name} />
      {wrong && (
        <p class="bad" role="alert">
          {wrong}
        </p>
      )}
      {problem && <Failure problem={problem} />}
    </form>
  );
}

type AsideProps = Pick<FormProps, "session" | "start" | "length" | "selection"> & { name: string };

/** Put aside for the comparison. */
function Aside({ session, start, length, selection, name }: AsideProps): JSX.Element {
  const one = {
    session,
    start: after(start, selection?.from ?? 0),
    end: after(start, selection?.to ?? length),
    name: name || selection?.name || t.whole,
  };
  const [added, setAdded] = useState(chosen().some((other) => same(one, other)));
  return (
    <button
      type="button"
      disabled={added}
      onClick={() => {
        choose([...chosen(), one]);
        setAdded(true);
      }}
    >
      {added ? t.added : t.compare}
    </button>
  );
}
