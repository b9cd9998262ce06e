// The report's page: draws the data of #data, and nothing else. All text goes in as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { tasks, ways, hosts, jobs, outcomes, groups } = data;
  const count = tasks.host.length;

  // Outcomes by a sign as well as by a colour; the worst first where one place stands for several.
  const SIGNS = {
    ok: "•",
    failed: "×",
    timedOut: "T",
    unreachable: "U",
    refused: "R",
    unknown: "?",
    cancelled: "C",
    skipped: "–",
    open: "…",
  };
  const WORDS = { timedOut: "timed out", open: "no end" };
  const WORST = [
    "failed",
    "timedOut",
    "unreachable",
    "refused",
    "unknown",
    "open",
    "cancelled",
    "skipped",
    "ok",
  ];
  const severity = outcomes.map((name) => WORST.indexOf(name));
  const word = (outcome) => WORDS[outcomes[outcome]] ?? outcomes[outcome];
  /** Of a task: its outcome, and whether it was undone after that. */
  const endOf = (task) => `${word(tasks.outcome[task])}${data.undone[tasks.undo[task]]}`;
  const worse = (a, b) => (b === undefined || severity[a] < severity[b] ? a : b);

  /** What is shown: outcomes, a job (-1: all), and words of which one must stand in the host's name. */
  const filter = { outcomes: new Set(outcomes.keys()), job: -1, words: [], exact: undefined };

  const matches = (task) =>
    filter.outcomes.has(tasks.outcome[task]) &&
    (filter.job < 0 || tasks.job[task] === filter.job) &&
    hostMatches(tasks.host[task]);
  const hostMatches = (host) =>
    filter.exact === undefined
      ? filter.words.length === 0 || filter.words.some((part) => hosts[host].includes(part))
      : filter.exact.has(host);

  function make(tag, { text, svg, on, ...attributes } = {}, ...children) {
    const element = svg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false)
        element.setAttribute(name, value === true ? "" : String(value));
    }
    if (text !== undefined) element.textContent = text;
    for (const [event, listener] of Object.entries(on ?? {})) element.addEventListener(event, listener);
    element.append(...children.filter((child) => child !== undefined));
    return element;
  }

  function duration(ms) {
    if (ms < 0) return "";
    if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
    const seconds = Math.round(ms / 1000);
    const two = (number) => String(number).padStart(2, "0");
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
    const minutes = Math.round(seconds / 60);
    return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  }

  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const key = (outcome) =>
    make("span", { class: `key o-${outcomes[outcome]}`, text: SIGNS[outcomes[outcome]] });

  // ---- head ----

  function head() {
    const facts = [
      `run ${data.run}`,
      `started ${data.started.replace("T", " ").replace(/\.\d+Z$/, " UTC")}`,
      `took ${duration(data.durationMs)}`,
      `by ${data.who} on ${data.where}`,
      data.principal === "" ? "" : `handed over by ${data.principal}`,
      data.file === "" ? "" : `from ${data.file}`,
      `Roadrunner ${data.version}`,
    ];
    return make(
      "header",
      {},
      make(
        "h1",
        {},
        make("span", { text: data.name }),
        make("span", { class: `badge ${data.verdict.replace(" ", "-")}`, text: data.verdict }),
      ),
      data.reason === "" ? undefined : make("p", { text: data.reason }),
      make("p", { class: "soft", text: facts.filter(Boolean).join(" · ") }),
      data.confirmed.length === 0
        ? undefined
        : make("p", { class: "soft", text: data.confirmed.join(" · ") }),
      data.warnings.length === 0
        ? undefined
        : make(
            "div",
            { class: "warnings" },
            ...data.warnings.map((text) => make("p", { text: `warning: ${text}` })),
          ),
    );
  }

  /** Only of a job whose hosts are asked whether they are so already. */
  function changedText({ changed }) {
    return changed === undefined ? "" : `, ${changed} changed`;
  }

  function jobTable() {
    const byJob = jobs.map(() => outcomes.map(() => 0));
    for (let task = 0; task < count; task += 1) byJob[tasks.job[task]][tasks.outcome[task]] += 1;
    const row = (job, number) => {
      const counts = make("td", {});
      byJob[number].forEach((many, outcome) => {
        if (many === 0) return;
        counts.append(
          key(outcome),
          make("span", { text: ` ${many.toLocaleString("en")} ${word(outcome)}  ` }),
        );
      });
      return make(
        "tr",
        {},
        make("td", { class: "n", text: job.slot }),
        make("td", { text: job.name }),
        make("td", { class: job.verdict.replace(" ", "-"), text: job.verdict }),
        make("td", {
          class: "n",
          text: job.isUndo
            ? `${byJob[number][0]}/${job.hosts} undone`
            : `${byJob[number][0]}/${job.hosts}, needs ${job.need}${changedText(job)}`,
        }),
        counts,
        make("td", { class: "n", text: job.verdict === "never started" ? "" : duration(job.durationMs) }),
        make(
          "td",
          {},
          make("code", { text: job.command.length > 400 ? `${job.command.slice(0, 400)}…` : job.command }),
          ...(job.undone === undefined ? [] : [make("div", { text: job.undone })]),
          ...job.outputs.map((text) => make("div", { text })),
        ),
      );
    };
    const titles = ["slot#", "job", "verdict", "ok#", "hosts", "took#", "command"];
    const table = make("table", { id: "jobs" }, tableHead(titles), make("tbody", {}, ...jobs.map(row)));
    return make("div", { class: "scroll" }, table);
  }

  // ---- stages of hosts that go a way ----

  /** Of each task its first row in the columns of ways; those of a task stand together. */
  const firstRow = new Map();
  ways.task.forEach((task, row) => {
    if (!firstRow.has(task)) firstRow.set(task, row);
  });

  function wayOf(task) {
    const rows = [];
    for (let row = firstRow.get(task) ?? ways.task.length; ways.task[row] === task; row += 1) rows.push(row);
    return rows;
  }

  /** How long each stage took where it ended ok, and where it did not; undefined where no job has stages. */
  function stageTable() {
    const rows = jobs.flatMap((job) =>
      (job.stages ?? []).map((stage) =>
        make(
          "tr",
          {},
          make("td", { text: job.name }),
          make("td", { text: stage.name }),
          make("td", { class: "n", text: stage.ok.toLocaleString("en") }),
          make("td", { class: "n", text: duration(stage.medianMs) }),
          make("td", {
            class: "n",
            text: stage.slowestMs < 0 ? "" : `${duration(stage.slowestMs)} ${stage.slowest}`,
          }),
          make("td", { class: stage.notOk === "" ? undefined : "failed", text: cut(stage.notOk) }),
        ),
      ),
    );
    if (rows.length === 0) return [];
    const titles = ["job", "stage", "ok#", "median#", "slowest#", "not ok"];
    const table = make("table", { id: "stages" }, tableHead(titles), make("tbody", {}, ...rows));
    return [make("h2", { text: "Stages" }), make("div", { class: "scroll" }, table)];
  }

  // ---- gates, and what jobs waited for ----

  /** What each gate said, and below each job for what it waited; nothing where no job has gates. */
  function gateTable() {
    const rows = jobs.flatMap((job) =>
      (job.gates ?? []).map((gate) =>
        make(
          "tr",
          {},
          make("td", { text: job.name }),
          make("td", { class: gate.failed ? "failed" : undefined, text: gate.name }),
          make("td", {}, make("code", { text: cut(gate.asks) })),
          make("td", { text: gate.counts }),
          make("td", {}, ...gate.last.map((text) => make("div", { text }))),
        ),
      ),
    );
    const waits = jobs.flatMap((job) =>
      (job.waits ?? []).map((text) => make("p", { class: "soft", text: `${job.name}: ${text}` })),
    );
    if (rows.length === 0 && waits.length === 0) return [];
    const titles = ["job", "gate", "asks", "answers", "the last ones"];
    const table = make("table", { id: "gates" }, tableHead(titles), make("tbody", {}, ...rows));
    return [
      make("h2", { text: "Gates" }),
      make("div", { class: "scroll" }, table),
      make("div", { id: "waits" }, ...waits),
    ];
  }

  const cut = (text) => (text.length > 400 ? `${text.slice(0, 400)}…` : text);

  const stageOf = (row) => jobs[tasks.job[ways.task[row]]].stages[ways.stage[row]];
  const tookText = (row) =>
    ways.start[row] < 0 || ways.end[row] < 0 ? "" : duration(ways.end[row] - ways.start[row]);

  /** What one host went through, with what it wrote on the way. */
  function wayElements(task) {
    return wayOf(task).flatMap((row) => {
      const stage = stageOf(row);
      const took = tookText(row);
      const group = groups[ways.group[row]];
      const facts = [
        ways.attempt[row] > 1 ? `attempt ${ways.attempt[row]}` : "",
        ways.start[row] < 0 ? "" : `at ${duration(ways.start[row])}`,
        took === "" ? "" : `for ${took}`,
        ways.worker[row] < 0 ? "" : `by worker ${data.workers[ways.worker[row]]}`,
      ].filter(Boolean);
      const reason = ways.reason[row] < 0 ? "" : `: ${data.reasons[ways.reason[row]]}`;
      const told = make(
        "p",
        { class: "stage" },
        key(ways.outcome[row]),
        make("b", { text: ` ${stage?.name ?? "?"} ${word(ways.outcome[row])}` }),
        make("span", { text: reason }),
        make("span", { class: "soft", text: `  ${facts.join(", ")}` }),
      );
      return group === undefined || group.text === "" ? [told] : [told, ...outputOf(group, false)];
    });
  }

  /** Titles that end in # stand over numbers. */
  function tableHead(titles) {
    const cells = titles.map((title) =>
      make("th", {
        scope: "col",
        class: title.endsWith("#") ? "n" : undefined,
        text: title.replace("#", ""),
      }),
    );
    return make("thead", {}, make("tr", {}, ...cells));
  }

  // ---- filters ----

  const status = make("span", { class: "soft", id: "status", "aria-live": "polite" });
  const search = make("input", {
    type: "search",
    id: "host",
    placeholder: "host (press /)",
    "aria-label": "only hosts whose name contains one of these words",
    on: {
      input: () => {
        filter.exact = undefined;
        filter.words = search.value.split(/[\s,]+/).filter(Boolean);
        apply();
      },
    },
  });
  const jobChoice = make(
    "select",
    {
      id: "job",
      "aria-label": "only this job",
      on: {
        change: () => {
          filter.job = Number(jobChoice.value);
          apply();
        },
      },
    },
    make("option", { value: -1, text: "all jobs" }),
    ...jobs.map((job, number) => make("option", { value: number, text: job.name })),
  );
  const toggles = new Map();

  function filters() {
    const counts = outcomes.map(() => 0);
    for (let task = 0; task < count; task += 1) counts[tasks.outcome[task]] += 1;
    outcomes.forEach((name, outcome) => {
      if (counts[outcome] === 0) return;
      const toggle = make(
        "button",
        {
          type: "button",
          "data-outcome": name,
          "aria-pressed": "true",
          title: "click: with or without; double click: only these",
          on: {
            click: () => {
              if (!filter.outcomes.delete(outcome)) filter.outcomes.add(outcome);
              apply();
            },
            dblclick: () => {
              filter.outcomes = new Set([outcome]);
              apply();
            },
          },
        },
        key(outcome),
        make("span", { text: ` ${word(outcome)} ${counts[outcome].toLocaleString("en")}` }),
      );
      toggles.set(outcome, toggle);
    });
    const bad = make("button", {
      type: "button",
      id: "bad",
      text: "only failures",
      on: {
        click: () => {
          const good = new Set(["ok", "skipped", "cancelled"]);
          filter.outcomes = new Set([...outcomes.keys()].filter((outcome) => !good.has(outcomes[outcome])));
          apply();
        },
      },
    });
    const all = make("button", { type: "button", id: "all", text: "show all", on: { click: reset } });
    return make(
      "nav",
      { class: "filters", "aria-label": "filters" },
      ...toggles.values(),
      bad,
      jobChoice,
      search,
      all,
      status,
    );
  }

  function reset() {
    filter.outcomes = new Set(outcomes.keys());
    filter.job = -1;
    filter.words = [];
    filter.exact = undefined;
    search.value = "";
    jobChoice.value = "-1";
    apply();
  }

  // ---- timeline: a row for each few hosts, so that it stays small ----

  /** Up to so many tasks each have a row of their own; more share about a quarter as many rows. */
  const MAX_ROWS = 400;
  const WIDTH = 1200;
  const LEFT = 150;
  const buckets = [];

  function timeline() {
    const svg = make("svg", { svg: true, role: "group", "aria-label": "timeline: jobs and hosts over time" });
    const end = Math.max(1, data.durationMs);
    const x = (ms) => LEFT + (Math.max(0, ms) / end) * (WIDTH - LEFT - 30);
    let y = 22;
    const started = jobs.map(() => []);
    for (let task = 0; task < count; task += 1)
      if (tasks.start[task] >= 0) started[tasks.job[task]].push(task);
    const total = started.reduce((sum, list) => sum + list.length, 0);
    const size = total <= MAX_ROWS ? 1 : Math.ceil((total * 4) / MAX_ROWS);
    const marks = make("g", { svg: true });
    started.forEach((list, job) => {
      if (list.length === 0) return;
      list.sort((a, b) => tasks.start[a] - tasks.start[b]);
      const height = total / size > 60 ? 5 : 11;
      const name = jobs[job].name;
      marks.append(
        make("text", {
          svg: true,
          class: "job",
          x: 8,
          y: y + 10,
          text: name.length > 20 ? `${name.slice(0, 19)}…` : name,
        }),
      );
      for (let first = 0; first < list.length; first += size) {
        const bucket = { tasks: list.slice(first, first + size), job };
        marks.append(drawBucket(bucket, x, y, height, end));
        buckets.push(bucket);
        y += height + 1;
      }
      y += 10;
    });
    const ticks = axis(end).map((ms) =>
      make(
        "g",
        { svg: true },
        make("line", { svg: true, class: "tick", x1: x(ms), x2: x(ms), y1: 16, y2: y }),
        ms / end > 0.97 ? undefined : make("text", { svg: true, x: x(ms) + 3, y: 12, text: duration(ms) }),
      ),
    );
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${y + 4}`);
    svg.append(...ticks, marks);
    svg.addEventListener("keydown", moveInTimeline);
    return make("div", { class: "timeline" }, svg);
  }

  function axis(end) {
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400].map(
      (s) => s * 1000,
    );
    const step = steps.find((ms) => end / ms <= 8) ?? end / 8;
    return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
  }

  function drawBucket(bucket, x, y, height, end) {
    let from = Infinity;
    let to = 0;
    let outcome;
    const counts = new Map();
    for (const task of bucket.tasks) {
      from = Math.min(from, tasks.start[task]);
      to = Math.max(to, tasks.end[task] < 0 ? end : tasks.end[task]);
      outcome = worse(tasks.outcome[task], outcome);
      counts.set(tasks.outcome[task], (counts.get(tasks.outcome[task]) ?? 0) + 1);
    }
    const names = bucket.tasks.slice(0, 3).map((task) => hosts[tasks.host[task]]);
    const rest = bucket.tasks.length - names.length;
    const told = [...counts].map(([which, many]) => `${many} ${word(which)}`).join(", ");
    // Of one host the way is seen in its bar.
    const way = bucket.tasks.length === 1 ? wayOf(bucket.tasks[0]) : [];
    const label = [
      `${jobs[bucket.job].name} ${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}: ${told}`,
      `${duration(from)} to ${duration(to)}`,
      ...way.map((row) => `${stageOf(row)?.name} ${word(ways.outcome[row])} ${tookText(row)}`.trimEnd()),
    ].join(", ");
    const select = () => {
      filter.exact = new Set(bucket.tasks.map((task) => tasks.host[task]));
      filter.job = bucket.job;
      jobChoice.value = String(bucket.job);
      search.value = "";
      apply();
      if (bucket.tasks.length === 1) showHost(tasks.host[bucket.tasks[0]]);
    };
    bucket.element = make(
      "g",
      {
        svg: true,
        class: `bucket o-${outcomes[outcome]}`,
        role: "button",
        tabindex: buckets.length === 0 ? 0 : -1,
        "aria-label": label,
        on: {
          click: select,
          keydown: (event) => {
            if (event.key === "Enter" || event.key === " ") {
              event.preventDefault();
              select();
            }
          },
        },
      },
      make("title", { svg: true, text: label }),
      ...shares(counts, x(from), Math.max(2, x(to) - x(from)), y, height),
      ...way.slice(1).map((row) => stageMark(row, x, y, height)),
      sign(outcomes[outcome], x(to) + 9, y + height / 2, Math.min(5, height / 2)),
    );
    return bucket.element;
  }

  /** Where a stage begins that is not the first. */
  function stageMark(row, x, y, height) {
    if (ways.start[row] < 0) return undefined;
    const at = x(ways.start[row]);
    return make("line", { svg: true, class: "stage", x1: at, x2: at, y1: y, y2: y + height });
  }

  /** A bar whose parts are as long as their share of the hosts; the worst stands last and is always seen. */
  function shares(counts, from, width, y, height) {
    const total = [...counts.values()].reduce((sum, many) => sum + many, 0);
    const order = [...counts].sort(([a], [b]) => severity[b] - severity[a]);
    let left = from;
    return order.map(([outcome, many], index) => {
      const later = order.length - index - 1;
      const room = from + width - left - 2 * later;
      const part = later === 0 ? room : Math.min(room, Math.max(2, (many / total) * width));
      const rect = make("rect", {
        svg: true,
        class: `span o-${outcomes[outcome]}`,
        ...{ x: left, y, width: Math.max(1, part), height },
      });
      left += part;
      return rect;
    });
  }

  /** The outcome as a shape behind the bar; ok has none. */
  function sign(outcome, cx, cy, r) {
    const shapes = {
      failed: `M${cx - r} ${cy - r}L${cx + r} ${cy + r}M${cx + r} ${cy - r}L${cx - r} ${cy + r}`,
      timedOut: `M${cx} ${cy - r}L${cx + r} ${cy}L${cx} ${cy + r}L${cx - r} ${cy}Z`,
      unreachable: `M${cx} ${cy - r}L${cx + r} ${cy + r}L${cx - r} ${cy + r}Z`,
      refused: `M${cx - r} ${cy - r}H${cx + r}V${cy + r}H${cx - r}Z`,
      unknown: `M${cx - r} ${cy - r}L${cx + r} ${cy}L${cx - r} ${cy + r}`,
      cancelled: `M${cx - r} ${cy}H${cx + r}`,
      skipped: `M${cx - r} ${cy}H${cx}`,
      open: `M${cx} ${cy - r}V${cy + r}M${cx - r} ${cy}H${cx + r}`,
    };
    const path = shapes[outcome];
    return path === undefined ? undefined : make("path", { svg: true, class: "sign", d: path });
  }

  function moveInTimeline(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (by === undefined || buckets.length === 0) return;
    event.preventDefault();
    const here = buckets.findIndex(({ element }) => element === document.activeElement);
    const next = Math.min(buckets.length - 1, Math.max(0, here + by));
    buckets[Math.max(0, here)].element.setAttribute("tabindex", "-1");
    buckets[next].element.setAttribute("tabindex", "0");
    buckets[next].element.focus();
  }

  // ---- grid: a cell a host ----

  const cells = [];
  let here = -1;
  const grid = make("div", {
    class: "grid",
    role: "listbox",
    tabindex: 0,
    id: "grid",
    "aria-label": "hosts",
    on: {
      click: (event) => {
        const host = event.target.dataset?.host;
        if (host !== undefined) choose(Number(host));
      },
      keydown: moveInGrid,
      focus: () => {
        if (here < 0) point(cells.findIndex((cell) => !cell.hidden));
      },
    },
  });

  function fillGrid() {
    const all = document.createDocumentFragment();
    hosts.forEach((_, host) => {
      const cell = document.createElement("i");
      cell.id = `h${host}`;
      cell.dataset.host = host;
      cell.setAttribute("role", "option");
      cells.push(cell);
      all.append(cell);
    });
    grid.append(all);
  }

  function drawGrid() {
    const worst = [];
    for (let task = 0; task < count; task += 1) {
      if (matches(task)) worst[tasks.host[task]] = worse(tasks.outcome[task], worst[tasks.host[task]]);
    }
    let shown = 0;
    cells.forEach((cell, host) => {
      const outcome = worst[host];
      cell.hidden = outcome === undefined;
      if (outcome === undefined) return;
      shown += 1;
      if (cell.shows === outcome) return;
      cell.shows = outcome;
      cell.className = `o-${outcomes[outcome]}${host === here ? " here" : ""}`;
      cell.textContent = SIGNS[outcomes[outcome]];
      cell.title = `${hosts[host]}: ${word(outcome)}`;
    });
    return shown;
  }

  function point(host) {
    cells[here]?.classList.remove("here");
    here = host;
    if (host < 0) return;
    cells[host].classList.add("here");
    cells[host].scrollIntoView({ block: "nearest" });
    grid.setAttribute("aria-activedescendant", `h${host}`);
  }

  function choose(host) {
    point(host);
    showHost(host);
  }

  function moveInGrid(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (here >= 0) choose(here);
      return;
    }
    const visible = cells.flatMap((cell, host) => (cell.hidden ? [] : [host]));
    const first = visible.length === 0 ? undefined : cells[visible[0]].offsetTop;
    const across = Math.max(
      1,
      visible.findIndex((host) => cells[host].offsetTop !== first),
    );
    const by = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: across,
      ArrowUp: -across,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (by === undefined || visible.length === 0) return;
    event.preventDefault();
    const place = visible.indexOf(here);
    point(visible[Math.min(visible.length - 1, Math.max(0, place + by))]);
  }

  // ---- one host ----

  const detail = make("section", { class: "detail", id: "detail", hidden: true, "aria-live": "polite" });

  function showHost(host) {
    const close = make("button", { type: "button", text: "close (Esc)", on: { click: hideHost } });
    detail.replaceChildren(make("h3", {}, make("span", { text: hosts[host] }), close));
    for (let task = 0; task < count; task += 1) {
      if (tasks.host[task] !== host) continue;
      const group = groups[tasks.group[task]];
      const facts = [
        tasks.attempt[task] > 1 ? `attempt ${tasks.attempt[task]}` : "",
        tasks.start[task] < 0 ? "" : `at ${duration(tasks.start[task])}`,
        tasks.start[task] < 0 || tasks.end[task] < 0
          ? ""
          : `for ${duration(tasks.end[task] - tasks.start[task])}`,
        tasks.worker[task] < 0 ? "" : `by worker ${data.workers[tasks.worker[task]]}`,
      ].filter(Boolean);
      const reason = group === undefined || group.reason === "" ? "" : `: ${group.reason}`;
      detail.append(
        make(
          "p",
          {},
          key(tasks.outcome[task]),
          make("b", { text: ` ${jobs[tasks.job[task]].name} ${endOf(task)}` }),
          make("span", { text: reason }),
          make("span", { class: "soft", text: `  ${facts.join(", ")}` }),
        ),
      );
      if (group !== undefined && group.text !== "") detail.append(...outputOf(group, false));
      detail.append(...wayElements(task));
    }
    detail.hidden = false;
    detail.scrollIntoView({ block: "nearest" });
  }

  function hideHost() {
    detail.hidden = true;
    grid.focus({ preventScroll: true });
  }

  // ---- gathered output ----

  const outputs = make("div", { id: "outputs" });
  const groupElements = [];

  function outputOf(group, asDiff) {
    const parts = [];
    if (asDiff && group.diff !== undefined) {
      const pre = make("pre", {});
      for (const line of group.diff) {
        pre.append(make("span", { class: line.startsWith("-") ? "gone" : "come", text: `${line}\n` }));
      }
      parts.push(make("p", { class: "soft", text: "differs from the largest group in:" }), pre);
      return parts;
    }
    parts.push(make("pre", { text: group.text }));
    return parts;
  }

  /** `upgrade`, and of a stage `upgrade drain`. */
  const actOf = ({ job, stage }) =>
    stage < 0 ? jobs[job].name : `${jobs[job].name} ${jobs[job].stages[stage].name}`;
  const withoutText = ({ job, stage }) =>
    stage < 0 && jobs[job].stages !== undefined ? "what its hosts wrote stands with the stages" : "no output";

  function groupElement(group) {
    const summary = make(
      "summary",
      {},
      key(group.outcome),
      make("b", { text: ` ${actOf(group)} ` }),
      make("span", {
        text: `${counted(group.hosts, "host")} ${word(group.outcome)}${group.reason === "" ? "" : `: ${group.reason}`} `,
      }),
      make("span", {
        class: "soft mono",
        text: group.folded.length > 600 ? `${group.folded.slice(0, 600)}…` : group.folded,
      }),
    );
    const element = make("details", {}, summary);
    const fill = () => {
      if (element.childElementCount > 1) return;
      element.append(
        ...(group.text === ""
          ? [make("p", { class: "soft", text: withoutText(group) })]
          : outputOf(group, true)),
      );
    };
    element.addEventListener("toggle", () => {
      if (element.open) fill();
    });
    return { element, fill };
  }

  const MAX_GROUPS = 200;

  /** A stage that ended ok and wrote nothing is told in the table of stages. */
  const isTold = ({ text, outcome }) => text !== "" || outcomes[outcome] !== "ok";

  function drawOutputs(everything) {
    const wanted = new Set();
    for (let task = 0; task < count; task += 1)
      if (tasks.group[task] >= 0 && matches(task)) wanted.add(tasks.group[task]);
    ways.group.forEach((group, row) => {
      if (group >= 0 && isTold(groups[group]) && matches(ways.task[row])) wanted.add(group);
    });
    const order = [...wanted].sort((a, b) => a - b);
    const shown = everything ? order : order.slice(0, MAX_GROUPS);
    outputs.replaceChildren(
      ...shown.map((group) => (groupElements[group] ??= groupElement(groups[group])).element),
    );
    if (shown.length < order.length) {
      outputs.append(moreButton(counted(order.length - shown.length, "more group"), () => drawOutputs(true)));
    }
    return shown;
  }

  // ---- tasks as a table ----

  const ROWS = 100;
  const body = make("tbody", {});
  const more = make("p", {});

  function drawTable(limit) {
    const rows = [];
    let total = 0;
    for (const task of sortedTasks) {
      if (!matches(task)) continue;
      total += 1;
      if (rows.length < limit) rows.push(tableRow(task));
    }
    body.replaceChildren(...rows);
    more.replaceChildren(
      ...(rows.length < total
        ? [moreButton(counted(total - rows.length, "more task"), () => drawTable(limit + 2000))]
        : []),
    );
    return total;
  }

  function tableRow(task) {
    const group = groups[tasks.group[task]];
    const took =
      tasks.start[task] < 0 || tasks.end[task] < 0 ? "" : duration(tasks.end[task] - tasks.start[task]);
    const name = make("button", {
      type: "button",
      class: "link",
      text: hosts[tasks.host[task]],
      on: { click: () => choose(tasks.host[task]) },
    });
    return make(
      "tr",
      {},
      make("td", {}, key(tasks.outcome[task]), make("span", { text: ` ${endOf(task)}` })),
      make("td", { text: jobs[tasks.job[task]].name }),
      make("td", {}, name, make("span", { class: "paper", text: hosts[tasks.host[task]] })),
      make("td", { class: "n", text: took }),
      make("td", { text: group === undefined ? "" : group.reason }),
    );
  }

  const sortedTasks = Array.from({ length: count }, (_, task) => task).sort(
    (a, b) => severity[tasks.outcome[a]] - severity[tasks.outcome[b]] || a - b,
  );

  function moreButton(text, show) {
    return make("button", { type: "button", class: "more", text: `show ${text}`, on: { click: show } });
  }

  // ---- all of it ----

  function apply() {
    for (const [outcome, toggle] of toggles)
      toggle.setAttribute("aria-pressed", String(filter.outcomes.has(outcome)));
    const shown = drawGrid();
    const total = drawTable(ROWS);
    drawOutputs(false);
    for (const bucket of buckets) bucket.element.classList.toggle("away", !bucket.tasks.some(matches));
    status.textContent = `${counted(shown, "host")}, ${counted(total, "task")}`;
  }

  const titles = ["outcome", "job", "host", "took#", "reason"];
  fillGrid();
  document.getElementById("report").replaceChildren(
    head(),
    jobTable(),
    ...stageTable(),
    ...gateTable(),
    filters(),
    make("h2", { text: "Timeline" }),
    timeline(),
    make("h2", { text: "Hosts" }),
    grid,
    detail,
    make("h2", { text: "Output, gathered" }),
    outputs,
    make("h2", { text: "Tasks" }),
    make("div", { class: "scroll" }, make("table", { id: "tasks" }, tableHead(titles), body)),
    more,
    make("p", {
      class: "soft hint",
      text: "Keys: / finds a host, arrows move in the timeline and among the hosts, Enter opens, Esc closes or shows all.",
    }),
  );
  apply();

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      if (detail.hidden) reset();
      else hideHost();
    }
  });

  // On paper everything that matches stands, not only what is in view.
  let openBefore = [];
  addEventListener("beforeprint", () => {
    drawTable(Infinity);
    const shown = drawOutputs(true);
    openBefore = shown.filter((group) => groupElements[group].element.open);
    for (const group of shown) {
      groupElements[group].fill();
      groupElements[group].element.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const made of groupElements) if (made !== undefined) made.element.open = false;
    for (const group of openBefore) groupElements[group].element.open = true;
    drawTable(ROWS);
    drawOutputs(false);
  });
})();
