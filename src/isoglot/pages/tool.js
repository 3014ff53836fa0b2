"use strict";
// What pages that people work on share. Texts of strangers are only ever set as text.
const {key, rows} = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);

function stored(name) {  // null in a browser that keeps nothing: save a file
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

function store(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* the same */ }
}

function setText(box, value, direction, language) {
  box.textContent = value || "(empty)";
  box.classList.toggle("empty-text", !value);
  box.dir = direction;
  if (language) box.lang = language; else box.removeAttribute("lang");
  box.scrollTop = 0;
}

function saveFile(name, lines) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], {type: "text/plain;charset=utf-8"}));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

// Whether a key is meant for the page: not what is typed, nor what the browser itself listens to.
function isCommand(event) {
  if (event.target.matches("input, select")) {
    if (event.key === "Escape" || event.key === "Enter") { event.target.blur(); event.preventDefault(); }
    return false;
  }
  return !(event.altKey || event.metaKey || (event.ctrlKey && event.key !== "z"));
}

