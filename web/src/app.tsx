/** The frame of every page: who is here, where they can go, and the page of the address. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, send } from "./api/client";
import type { Visit } from "./api/types";
import { Enter } from "./enter";
import { address, matched, usePlace } from "./navigation";
import { Failure, useAsked, Waiting } from "./parts/loaded";
import { Problem } from "./api/client";
import routes from "./routes.json";
import { texts } from "./texts";
import { Here } from "./visit";

export interface PageProps {
  params: Record<string, string>;
  query: URLSearchParams;
}

type Page = ComponentType<PageProps>;
type Name = keyof typeof PAGES;

/** Each page is a file of its own that is fetched when somebody first goes there. */
const PAGES = {
  sessions: () => import("./pages/sessions").then((it) => it.Sessions),
  session: () => import("./pages/session").then((it) => it.Session),
  compare: () => import("./pages/compare").then((it) => it.Compare),
  trends: () => import("./pages/trends").then((it) => it.Trends),
  live: () => import("./pages/live").then((it) => it.Live),
  models: () => import("./pages/models").then((it) => it.Models),
  metrics: () => import("./pages/metrics").then((it) => it.Metrics),
  people: () => import("./pages/people").then((it) => it.People),
  access: () => import("./pages/access").then((it) => it.Access),
} satisfies Record<string, () => Promise<Page>>;

export function App(): JSX.Element {
  const visit = useAsked((stop) => get<Visit>("/visit", {}, stop), []);
  if (visit.problem?.status === 401) return <Enter entered={visit.again} />;
  if (visit.problem) return <Failure problem={visit.problem} again={visit.again} />;
  if (!visit.value) return <Waiting />;
  return (
    <Here.Provider value={visit.value}>
      <Framed visit={visit.value} left={visit.again} />
    </Here.Provider>
  );
}

function Framed({ visit, left }: { visit: Visit; left: () => void }): JSX.Element {
  const place = usePlace();
  const found = routes.map((route) => ({ route, params: matched(route.path, place.path) })).find((it) => it.params);
  const allowed = (needs: string) => !needs || visit.may.includes(needs);
  const name = found?.route.name as Name | undefined;
  useEffect(() => {
    document.title = name ? `${texts.nav[name]} – Paceline` : "Paceline";
    document.getElementById("content")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place.path, name]);
  const leave = () => void send("DELETE", "/visit").finally(left);
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <header class="top">
        <a class="brand" href={address("/")}>
          Paceline
        </a>
        <nav aria-label={texts.nav.main}>
          {routes
            .filter((route) => !route.path.includes(":") && allowed(route.needs))
            .map((route) => (
              <a
                key={route.name}
                href={address(route.path)}
                aria-current={
                  route.name === name || (name === "session" && route.name === "sessions") ? "page" : undefined
                }
              >
                {texts.nav[route.name as Name]}
              </a>
            ))}
        </nav>
        <span class="who">{texts.nav.role(visit.role, visit.organisation)}</span>
        <button type="button" class="quiet" onClick={leave}>
          {texts.nav.leave}
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        {!found || !name ? (
          <Failure problem={new Problem(404, texts.problem.noPage, texts.problem.noPageDetail)} />
        ) : allowed(found.route.needs) ? (
          <Drawn key={place.path} name={name} params={found.params ?? {}} query={place.query} />
        ) : (
          <Failure problem={new Problem(403, texts.problem.notYours, "")} />
        )}
      </main>
    </>
  );
}

function Drawn({ name, ...props }: { name: Name } & PageProps): JSX.Element {
  const [page, setPage] = useState<{ Page: Page } | Problem | null>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let wanted = true;
    PAGES[name]().then(
      (Page: Page) => wanted && setPage({ Page }),
      () => wanted && setPage(new Problem(0, texts.problem.offline, texts.problem.offlineDetail)),
    );
    return () => {
      wanted = false;
    };
  }, [name, times]);
  if (page instanceof Problem) return <Failure problem={page} again={() => setTimes((n) => n + 1)} />;
  return page ? <page.Page {...props} /> : <Waiting />;
}
