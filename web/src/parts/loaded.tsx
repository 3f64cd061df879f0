/** What is asked for: on its way, failed, empty, or there. */
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { texts } from "../texts";

export interface Asked<T> {
  value: T | undefined;
  problem: Problem | undefined;
  waiting: boolean;
  again: () => void;
}

/** The answer to a question, asked anew when `about` changes; an answer that nobody waits for any more is dropped. */
export function useAsked<T>(question: (stop: AbortSignal) => Promise<T>, about: readonly unknown[]): Asked<T> {
  const [answer, setAnswer] = useState<{ value?: T; problem?: Problem; waiting: boolean }>({ waiting: true });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    setAnswer((before) => ({ ...before, waiting: true }));
    question(stopping.signal).then(
      (value) => !stopping.signal.aborted && setAnswer({ value, waiting: false }),
      (error: unknown) => !stopping.signal.aborted && setAnswer({ problem: asProblem(error), waiting: false }),
    );
    return () => stopping.abort();
  }, [...about, times]);
  const again = useCallback(() => setTimes((n) => n + 1), []);
  return { value: answer.value, problem: answer.problem, waiting: answer.waiting, again };
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, texts.problem.unknown, error instanceof Error ? error.message : "");
}

interface Shown<T> {
  asked: Asked<T>;
  children: (value: T) => ComponentChildren;
  empty?: (value: T) => boolean;
  nothing?: ComponentChildren;
}

export function Loaded<T>({ asked, children, empty, nothing }: Shown<T>): JSX.Element {
  if (asked.problem) return <Failure problem={asked.problem} again={asked.again} />;
  if (asked.value === undefined) return <Waiting />;
  if (empty?.(asked.value)) return <div class="nothing">{nothing ?? texts.nothing}</div>;
  return (
    <div class={asked.waiting ? "stale" : ""} aria-busy={asked.waiting}>
      {children(asked.value)}
    </div>
  );
}

export function Waiting({ why = texts.loading }: { why?: string }): JSX.Element {
  return (
    <p class="waiting" role="status">
      {why}
    </p>
  );
}

export function Failure({ problem, again }: { problem: Problem; again?: () => void }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <strong>{problem.title}</strong>
      {problem.detail && <p>{problem.detail}</p>}
      {again && (
        <button type="button" onClick={again}>
          {texts.again}
        </button>
      )}
    </div>
  );
}
