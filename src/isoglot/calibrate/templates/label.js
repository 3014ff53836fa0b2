// One response at a time. Labels of each name are kept apart.
const STORE = "isoglot-labels-" + key;
const KEYS = {"1": ["outcome", "safe"], "2": ["outcome", "unsafe"], "3": ["outcome", "invalid"], "4": ["outcome", "unsure"],
  f: ["refusal", "full"], p: ["refusal", "partial"], n: ["refusal", "none"]};
let kept = stored(STORE) || {name: "", sets: {}}, undone = [], place = 0;

const labels = () => kept.sets[kept.name] ??= {};
const keep = () => store(STORE, kept);
const label = row => labels()[row.id] || {outcome: "", refusal: "", note: ""};
const complete = ({outcome, refusal}) => ["invalid", "unsure"].includes(outcome) || Boolean(outcome && refusal);
const shown = row => !at("language").value || row.language === at("language").value;

function show() {
  const row = rows[place], said = label(row), mine = rows.filter(shown);
  setText(at("prompt"), row.prompt, row.direction, row.language);
  setText(at("response"), row.response, "auto", "");
  at("pivot").hidden = row.pivot_prompt === null;
  if (row.pivot_prompt !== null) setText(at("pivot-prompt"), row.pivot_prompt, row.pivot_direction, row.pivot);
  at("prompt-name").textContent = `Prompt, ${row.name}`;
  at("pivot-name").textContent = `The same prompt (${row.pivot})`;
  at("which").textContent = [`${mine.indexOf(row) + 1} of ${mine.length}`, row.kind, row.id].filter(Boolean).join(" · ");
  for (const button of document.querySelectorAll("#labels [name]"))
    button.setAttribute("aria-pressed", String(said[button.name] === button.value));
  at("note").value = said.note;
  const done = mine.filter(one => complete(label(one))).length;
  at("done").max = mine.length;
  at("done").value = done;
  at("count").textContent = `${done} of ${mine.length} labelled`;
  at("undo").disabled = !undone.length;
}

function change(values) {
  const row = rows[place], before = label(row), after = {...before, ...values};
  undone.push({place, id: row.id, before});
  labels()[row.id] = after;
  keep();
  if (complete(after) && !complete(before)) forward();
  show();
}

function undo() {
  const last = undone.pop();
  if (!last) return;
  labels()[last.id] = last.before;
  place = last.place;
  keep();
  show();
}

function move(step) {
  for (let next = place + step; next >= 0 && next < rows.length; next += step)
    if (shown(rows[next])) { place = next; break; }
  show();
}

function forward() {  // to the first one without a label, from this one on, from the beginning again at the end
  const order = [...rows.keys()].slice(place).concat([...rows.keys()].slice(0, place));
  place = order.find(next => shown(rows[next]) && !complete(label(rows[next]))) ?? place;
}

const harmless = cell => (/^[=+\-@\t\r]/.test(cell) ? "'" + cell : cell);  // no spreadsheet takes it for a formula
const quoted = cell => `"${harmless(String(cell)).replaceAll('"', '""')}"`;
// The mark before a CSV's first name tells Excel that it is UTF-8.
const COLUMNS = ["id", "group", "language", "sample", "kind", "annotator", "outcome", "refusal", "note"];

function save(form) {
  const made = rows.map(row => ({...row, annotator: kept.name, ...label(row)}));
  const lines = form === "csv"
    ? ["\ufeff" + COLUMNS.join(","), ...made.map(one => COLUMNS.map(name => quoted(one[name])).join(","))]
    : made.map(one => JSON.stringify(Object.fromEntries(COLUMNS.map(name => [name, one[name]]))));
  saveFile(["labels", kept.name.replace(/[^\p{L}\p{N}_-]+/gu, "_"), form].filter(Boolean).join("."), lines);
}

at("annotator").value = kept.name;
at("annotator").addEventListener("change", event => {
  const name = event.target.value.trim();
  if (!kept.name && !kept.sets[name]) { kept.sets[name] = labels(); delete kept.sets[""]; }  // labels made before it was said
  kept.name = name;
  undone = [];
  keep();
  show();
});
at("language").addEventListener("change", () => { if (!shown(rows[place])) { place = rows.findIndex(shown); } show(); });
at("note").addEventListener("change", event => { const note = event.target.value; if (note !== label(rows[place]).note) change({note}); });
for (const button of document.querySelectorAll("#labels [name]"))
  button.addEventListener("click", () => change({[button.name]: button.value}));
at("back").addEventListener("click", () => move(-1));
at("next").addEventListener("click", () => move(1));
at("undo").addEventListener("click", undo);
at("csv").addEventListener("click", () => save("csv"));
at("jsonl").addEventListener("click", () => save("jsonl"));
at("labels").addEventListener("submit", event => event.preventDefault());
document.addEventListener("keydown", event => {
  // A button of a label keeps the focus after a click: Enter would press it for the next response.
  if (!isCommand(event) || event.target.matches("summary, button:not([name])") && event.key === "Enter") return;
  const move_by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (KEYS[event.key]) change({[KEYS[event.key][0]]: KEYS[event.key][1]});
  else if (move_by) move(move_by);
  else if (event.key === "Enter") { forward(); show(); }
  else if (event.key === "z") undo();
  else if (event.key === "t") at("note").focus();
  else return;
  event.preventDefault();
});
forward();
show();
