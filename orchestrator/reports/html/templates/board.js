"use strict";
(() => {
  const STEP = 200;
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters");
  const status = document.getElementById("status");
  const more = document.getElementById("more");
  const body = document.querySelector("#board tbody");
  const heads = [...document.querySelectorAll("#board thead th")];
  const selects = [...form.querySelectorAll("select")];
  const words = form.elements.words;
  const named = selects.length;

  const cell = (line, column) => (column < named ? data.names[column][line[column]] : line[column]);
  const texts = data.lines.map((line) => line.map((_, column) => cell(line, column)).join(" ").toLowerCase());
  let order = data.lines.map((_, number) => number);
  let sorted = { column: -1, down: false };
  let shown = STEP;

  // Names are texts wherever they stand: nothing here makes markup of them.
  data.names.forEach((names, column) => {
    for (const name of [...names].sort((a, b) => a.localeCompare(b))) {
      const option = document.createElement("option");
      option.textContent = option.value = name;
      selects[column].append(option);
    }
  });

  const row = (number) => {
    const made = document.createElement("tr");
    data.lines[number].forEach((_, column) => {
      const box = document.createElement(column ? "td" : "th");
      if (!column) box.scope = "row";
      if (column < named) {
        const name = document.createElement("bdi");
        name.textContent = cell(data.lines[number], column);
        box.append(name);
      } else {
        box.className = "n";
        box.textContent = cell(data.lines[number], column);
      }
      made.append(box);
    });
    return made;
  };

  const matching = () => {
    const wanted = selects.map((select, column) => (select.value ? data.names[column].indexOf(select.value) : -1));
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    return order.filter((number) =>
      wanted.every((place, column) => place < 0 || data.lines[number][column] === place) &&
      asked.every((word) => texts[number].includes(word)));
  };

  const draw = () => {
    const found = matching();
    body.replaceChildren(...found.slice(0, shown).map(row));
    const hidden = found.length - Math.min(found.length, shown);
    status.textContent = `${found.length.toLocaleString("en")} of ${data.lines.length.toLocaleString("en")} lines` +
      (hidden ? `, the first ${shown.toLocaleString("en")} shown` : "");
    more.hidden = !hidden;
    more.textContent = `Show ${Math.min(STEP, hidden)} more`;
  };

  // What is asked for stands in the address, to be kept and sent.
  const keep = () => {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", `#${asked}`);
  };
  const restore = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const field of [...selects, words]) field.value = asked.get(field.name) || "";
    for (const select of selects) if (select.selectedIndex < 0) select.value = "";
  };

  const value = (number, column) => {
    const text = cell(data.lines[number], column);
    return column < named || column === heads.length - 1 ? text.toLowerCase() : Number.parseFloat(text);
  };
  const sort = (column) => {
    const down = sorted.column === column ? !sorted.down : heads[column].textContent === "RTFx";
    sorted = { column, down };
    const sign = down ? -1 : 1;
    order = [...order].sort((a, b) => {
      const [one, other] = [value(a, column), value(b, column)];
      if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other);
      return one < other ? -sign : one > other ? sign : 0;
    });
    heads.forEach((head, at) => {
      if (at === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    draw();
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });
  const changed = () => { shown = STEP; keep(); draw(); };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  more.addEventListener("click", () => { shown += STEP; draw(); });
  addEventListener("hashchange", () => { restore(); draw(); });
  form.hidden = false;
  restore();
  if (!location.hash && data.lines.length) selects[named - 1].value = data.names[named - 1][0];
  draw();
})();
