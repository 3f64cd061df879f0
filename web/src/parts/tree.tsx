/** What a metric rests on, and what that rests on, down to what devices record. */
import type { JSX } from "preact";
import type { Definition } from "../api/types";
import { plain } from "../catalogue";

interface Rests {
  name: string;
  definitions: Map<string, Definition>;
  above?: readonly string[];
}

export function Tree({ name, definitions, above = [] }: Rests): JSX.Element | null {
  const needs = (definitions.get(name)?.needs ?? []).filter((need) => !above.includes(need));
  if (needs.length === 0) return null;
  return (
    <ul class="tree">
      {needs.map((need) => (
        <li key={need}>
          {definitions.get(need)?.label ?? <em>{plain(need)}</em>}
          <Tree name={need} definitions={definitions} above={[...above, name]} />
        </li>
      ))}
    </ul>
  );
}
