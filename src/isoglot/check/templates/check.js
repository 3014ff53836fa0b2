// Cells one under the other, the worst first, or some of what passed; a mark is of the texts by whose hash it is kept.
const STORE = "isoglot-marks-" + key, TOGETHER = 40;
const words = JSON.parse(document.getElementById("data").textContent).words;
let marks = stored(STORE) || {}, undone = [], mine = [], place = 0, drawn = 0;

const name = row => [row.id, row.language, row.hash].join("\u0000");
const mark = row => marks[name(row)] ?? row.mark;

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function box(title, value, direction, language) {
  const found = made("section", "box"), inside = made("div", "text");
  found.append(made("h3", "", title), inside);
  setText(inside, value, direction, language);
  return found;
}

function button(value, letter, row) {
  const found = made("button", "", "");
  found.type = "button";
  found.value = value;
  found.append(made("kbd", "", letter), ` ${value}`);
  found.addEventListener("click", () => { select(mine.indexOf(row), false); set(value); });
  return found;
}

function card(row) {
  const found = made("article", "suspect"), about = made("p", "about"), why = made("ul", "why");
  about.append(made("strong", "", row.name));
  for (const text of [row.language, `score ${row.score}`, row.kind, row.category, row.id])
    if (text) about.append(made("bdi", "", text));
  for (const {reason, detail} of row.findings) {
    const item = made("li");
    item.append(made("b", "", words[reason] || reason), ": ", made("bdi", "", detail));
    why.append(item);
  }
  const prompts = made("div", "prompts"), moves = made("p", "moves");
  prompts.append(box(`${row.pivot_name} (${row.pivot})`, row.source, row.pivot_direction, row.pivot),
    box(`${row.name} (${row.language})`, row.text, row.direction, row.language));
  moves.append(button("keep", "k", row), button("drop", "d", row));
  found.append(about, why, prompts, moves);
  found.tabIndex = -1;
  found.addEventListener("focusin", () => { if (mine[place] !== row) select(mine.indexOf(row), false); });
  return found;
}

function draw(until) {
  for (; drawn < Math.min(until, mine.length); drawn++) {
    at("list").append(card(mine[drawn]));
    show(drawn);
  }
  at("more").hidden = drawn >= mine.length;
}

function show(index) {  // a cell's mark
  const element = at("list").children[index], said = mark(mine[index]);
  element.classList.toggle("keep", said === "keep");
  element.classList.toggle("drop", said === "drop");
  for (const one of element.querySelectorAll(".moves button")) one.setAttribute("aria-pressed", String(one.value === said));
}

function count() {
  const done = mine.filter(mark).length;
  at("done").max = mine.length || 1;
  at("done").value = done;
  const drop = mine.filter(row => mark(row) === "drop").length;
  at("count").textContent = `${done} of ${mine.length} marked` + (at("which").value === "passed" ? `, ${drop} to drop` : "");
}

function filter() {
  const language = at("language").value, reason = at("reason").value, marked = at("marked").value;
  const passed = at("which").value === "passed";
  for (const said of document.querySelectorAll("[data-which]")) said.hidden = said.dataset.which !== at("which").value;
  mine = rows.filter(row => row.passed === passed && (!language || row.language === language)
    && (!reason || row.findings.some(one => one.reason === reason))
    && (!marked || (mark(row) || "none") === marked));
  at("list").replaceChildren();
  drawn = place = 0;
  draw(TOGETHER);
  count();
  if (mine.length) select(0, false);
}

function select(index, move = true) {
  if (index < 0 || index >= mine.length) return;
  at("list").children[place]?.classList.remove("current");
  place = index;
  draw(place + 1);
  const element = at("list").children[place];
  element.classList.add("current");
  if (move) { element.focus({preventScroll: true}); element.scrollIntoView({block: "start"}); }
}

function put(row, value) {
  marks[name(row)] = value;
  store(STORE, marks);
  const index = mine.indexOf(row);
  if (index >= 0 && index < drawn) show(index);
  count();
}

function set(value) {
  const row = mine[place];
  if (!row) return;
  undone.push([row, mark(row)]);
  put(row, mark(row) === value ? "" : value);
}

function undo() {
  const last = undone.pop();
  if (!last) return;
  put(...last);
  if (mine.includes(last[0])) select(mine.indexOf(last[0]));
}

function save() {
  const lines = rows.filter(row => mark(row) || row.mark).map(row => JSON.stringify(
    {id: row.id, language: row.language, mark: mark(row) || "none", hash: row.hash}));  // taken back
  saveFile("marks.jsonl", lines);
}

if (rows.length) {
  for (const id of ["which", "language", "reason", "marked"]) at(id).addEventListener("change", filter);
  at("more").addEventListener("click", () => draw(drawn + TOGETHER));
  at("save").addEventListener("click", save);
  document.addEventListener("keydown", event => {
    if (!isCommand(event) || event.target.matches("button, summary") && event.key === "Enter") return;
    if (event.key === "ArrowDown") select(place + 1);
    else if (event.key === "ArrowUp") select(place - 1);
    else if (event.key === "k") set("keep");
    else if (event.key === "d") set("drop");
    else if (event.key === "z") undo();
    else if (event.key === "Enter") select(mine.findIndex((row, index) => index > place && !mark(row)));
    else return;
    event.preventDefault();
  });
  filter();
}
