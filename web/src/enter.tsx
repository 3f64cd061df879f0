/** For whoever came without the local link: a token, pasted once and kept where no script can read it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Problem, send } from "./api/client";
import { asProblem, Failure } from "./parts/loaded";
import { texts } from "./texts";

export function Enter({ entered }: { entered: () => void }): JSX.Element {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    try {
      await send("POST", "/visit", { token: token.trim() });
      entered();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <main id="content" class="enter">
      <h1>{texts.enter.title}</h1>
      <p>{texts.enter.how}</p>
      <form onSubmit={enter}>
        <label>
          {texts.enter.token}
          <input
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main">
          {texts.enter.enter}
        </button>
      </form>
      {problem && <Failure problem={problem} />}
    </main>
  );
}
