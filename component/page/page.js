"use strict";
const $ = id => document.getElementById(id), clock = $("clock");
// The page stands at "/", "/prefix" and "/prefix/" alike, so its own prefix is known only here.
const api = location.pathname.replace(/\/+$/, "") + "/api/time";
const steady = () => performance.now();

// Server time less the steady clock lies between these two, in ms. An answer tells a whole second, somewhere
// between sent and received; together they tell more.
let low, high, learnt = 0;
const learn = (second, sent, received) => {
  const least = second * 1e3 - received, most = second * 1e3 + 1e3 - sent, drift = (received - learnt) / 1e4;
  low = Math.max(low - drift, least);
  high = Math.min(high + drift, most);
  // The first answer; or one of the clocks was set, or slept.
  if (!(low < high)) [low, high] = [least, most];
  learnt = received;
};
const now = () => steady() + (low + high) / 2, doubt = () => (high - low) / 2;

const visit = performance.getEntriesByType("navigation")[0];
learn(+clock.dataset.timestamp, visit?.requestStart || 0, visit?.responseStart || steady());

// Angles count from the midnight before the first: a hand never turns back at twelve.
const midnight = Math.floor((now() + 108e5) / 864e5) * 864e5 - 108e5;
const put = (id, text) => { if ($(id).textContent != text) $(id).textContent = text; };
const show = () => {
  const moscow = new Date(now() + 108e5), iso = moscow.toISOString(), time = iso.slice(11, 19);
  const seconds = Math.floor((now() - midnight) / 1e3);
  const turn = (id, angle) => $(id).style.transform = `rotate(${angle}deg)`;
  turn("second", seconds * 6);
  turn("minute", seconds / 10);
  turn("hour", Math.floor(seconds / 120));
  turn("day", Math.floor(seconds / 240) + 180);
  const name = part => moscow.toLocaleString("en", { [part]: "long", timeZone: "UTC" });
  put("clock", time);
  put("date", `${name("weekday")}, ${moscow.getUTCDate()} ${name("month")} ${moscow.getUTCFullYear()}`);
  clock.dateTime = iso.slice(0, 19) + "+03:00";
  document.title = time.slice(0, 5) + " in Moscow";
};

const states = {
  offline: () => `No answer from the server. Its last was at ${seen}; until the next, your own clock carries on.`,
  stale: () => `Not checked with the server since ${seen}.`,
};
const state = name => {
  const before = $("main").dataset.state;
  if (!before && !name) put("state", "");
  if (before == name) return;
  if (name) {
    $("main").dataset.state = name;
    put("way", `At ${seen}, this clock was within ${Math.ceil(doubt())} ms of the server's`);
  } else delete $("main").dataset.state;
  put("state", name ? states[name]() : "The server answers again.");
};

const unsaid = { "?": "unproven ", "×": "no answer " };
const mark = (kind, text) => {
  const item = document.createElement("li"), hidden = document.createElement("i");
  item.className = kind;
  hidden.textContent = unsaid[text] || kind + " instance, request ";
  item.append(hidden, text);
  $("asks").append(item);
  if ($("asks").children.length > 12) $("asks").firstChild.remove();
};
const testify = (timing, there) => {
  const [, instance, served, handler] = /instance;desc="(\w+)", served;desc="(\d+)", handler;dur=([\d.]+)/.exec(timing) || [];
  put("way", `${there.toFixed(1)} ms there and back${served ? `, ${handler} of them in the handler` : ""}; this clock is within ${Math.ceil(doubt())} ms of the server's`);
  if (!served) return mark("none", "?");
  const kind = served == 1 ? "fresh" : "reused";
  put("instance", instance);
  put("evidence", `${kind} · requests served: ${served}`);
  mark(kind, served);
};

// A request at the turn of a shown second halves what is not known of the server's: hence some soon, then few.
let asked = 0, due = 0, asking = false, seen = clock.textContent, seenAt = [steady(), Date.now()];
const ask = async () => {
  if (asking) return;
  asking = true;
  try {
    const sent = steady();
    const answer = await fetch(api, { cache: "no-store", signal: AbortSignal.timeout(5e3) });
    const received = steady();
    if (!answer.ok) throw 0;
    learn((await answer.json()).timestamp, sent, received);
    arm();
    seen = clock.textContent;
    seenAt = [steady(), Date.now()];
    due = steady() + (++asked < 9 && doubt() > 50 ? 0 : 3e4);
    state();
    testify(answer.headers.get("server-timing"), received - sent);
  } catch {
    due = steady() + 5e3;
    mark("none", "×");
    state("offline");
  }
  asking = false;
};

let timer;
// Anew whenever more is known: else the next second would still turn when the old estimate had it.
const arm = () => {
  clearTimeout(timer);
  timer = setTimeout(tick, 1e3 - now() % 1e3);
  show();
};
const tick = () => {
  arm();
  // By both clocks, since the steady one may stop while the machine sleeps.
  const old = Math.max(steady() - seenAt[0], Date.now() - seenAt[1]) > 9e4;
  if (old && !$("main").dataset.state) state("stale");
  if (!document.hidden && (old || steady() >= due)) ask();
};
const again = () => { due = 0; tick(); };
for (const name of ["online", "offline", "pageshow", "visibilitychange"]) addEventListener(name, again);

const hours = 3 + new Date().getTimezoneOffset() / 60;
$("ahead").textContent = hours ? `, ${Math.abs(hours)} h ${hours > 0 ? "ahead of" : "behind"} you` : ", as where you are";
$("api").href = api;
$("ask").hidden = false;
$("ask").onclick = ask;
tick();
