/** Recordings handed in by dropping them: one after another, each with how far it is and what became of it. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Problem, upload } from "../api/client";
import type { Received } from "../api/types";
import { address } from "../navigation";
import { asProblem, Loaded } from "../parts/loaded";
import { useAthletes, useNames } from "../people";
import { texts } from "../texts";
import { useVisit } from "../visit";

const MOST = 256 * 2 ** 20;
const t = texts.upload;

interface Sent {
  key: number;
  name: string;
  share: number | null;
  done?: Received;
  problem?: Problem;
}

export function Uploads({ arrived }: { arrived: () => void }): JSX.Element {
  const athletes = useAthletes();
  return (
    <section class="drop" aria-labelledby="upload-title">
      <h2 id="upload-title" style={{ marginTop: 0 }}>
        {t.title}
      </h2>
      <Loaded
        asked={athletes}
        empty={(found) => found.length === 0}
        nothing={
          <>
            {t.nobody} <a href={address("/people")}>{t.enrol}</a>
          </>
        }
      >
        {(found) => <Taking athletes={found} arrived={arrived} />}
      </Loaded>
    </section>
  );
}

function Taking({ athletes, arrived }: { athletes: string[]; arrived: () => void }): JSX.Element {
  const own = useVisit().athlete;
  const [athlete, setAthlete] = useState(own ?? athletes[0] ?? "");
  const [sent, setSent] = useState<Sent[]>([]);
  const [over, setOver] = useState(false);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const numbers = useRef(0);
  const name = useNames(athletes);

  const tell = (key: number, news: Partial<Sent>) =>
    setSent((before) => before.map((one) => (one.key === key ? { ...one, ...news } : one)));
  const take = (files: FileList | null | undefined) => {
    for (const file of files ?? []) {
      const key = numbers.current++;
      setSent((before) => [...before, { key, name: file.name, share: null }]);
      queue.current = queue.current.then(() => one(key, file));
    }
  };
  const one = async (key: number, file: File) => {
    try {
      if (file.size > MOST) throw new Problem(413, t.large, "");
      if (file.size === 0) throw new Problem(400, t.empty, "");
      tell(key, { done: await upload(athlete, file, (share) => tell(key, { share })) });
      arrived();
    } catch (error) {
      tell(key, { problem: asProblem(error) });
    }
  };
  return (
    <div
      class={over ? "over" : ""}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <div class="row">
        {athletes.length > 1 && (
          <label>
            {t.whose}
            <select value={athlete} onChange={(event) => setAthlete(event.currentTarget.value)}>
              {athletes.map((key) => (
                <option key={key} value={key}>
                  {name(key)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {t.drop} {t.choose}
          <input
            type="file"
            multiple
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
        </label>
      </div>
      {sent.length > 0 && (
        <ul class="files" aria-live="polite">
          {sent.map((file) => (
            <li key={file.key}>
              <strong>{file.name}</strong>: <Outcome file={file} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Outcome({ file }: { file: Sent }): JSX.Element {
  if (file.problem)
    return (
      <span class="bad">
        {file.problem.title}
        {file.problem.detail && `. ${file.problem.detail}`}
      </span>
    );
  if (file.done)
    return (
      <>
        <span class="good">{t.became[file.done.became]}</span>
        {file.done.joined && `, ${t.joined}`}{" "}
        {file.done.sessions.map((session) => (
          <a key={session} href={address(`/sessions/${session}`)}>
            {t.open}
          </a>
        ))}
      </>
    );
  if (file.share === null) return <>{t.waiting}</>;
  if (file.share >= 1) return <>{t.reading}</>;
  return (
    <>
      <progress value={file.share} aria-label={file.name} /> {t.sending(file.share)}
    </>
  );
}
