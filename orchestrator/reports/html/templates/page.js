"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const tell = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.setAttribute("aria-label", "Switch between light and dark");
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; tell(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  tell();

  // A segment's time is a button: the clip's player goes there.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".at");
    if (!button) return;
    const audio = button.closest(".sheet").querySelector("audio");
    audio.currentTime = Number(button.dataset.at);
    audio.play().catch(() => {});
  });

  // Audio that is not in the page is chosen: a file goes to the clip that came from its name.
  for (const chooser of document.querySelectorAll(".chooser")) {
    chooser.hidden = false;
    chooser.querySelector("input").addEventListener("change", (event) => {
      const run = chooser.closest("article");
      const mute = [...run.querySelectorAll(".sheet")].filter((sheet) => !sheet.querySelector("audio").src.startsWith("data:"));
      const files = [...event.target.files];
      let found = 0;
      for (const sheet of mute) {
        const only = run.dataset.clips === "1" && files.length === 1;
        const file = only ? files[0] : files.find((one) => one.name === sheet.dataset.file);
        if (!file) continue;
        const audio = sheet.querySelector("audio");
        URL.revokeObjectURL(audio.src);
        audio.src = URL.createObjectURL(file);
        audio.hidden = false;
        for (const button of sheet.querySelectorAll(".at")) button.disabled = false;
        found += 1;
      }
      chooser.querySelector("[role=status]").textContent = `for ${found} of ${mute.length} clips`;
    });
  }

  // A clip's life is played: a cursor moves over its chart, and below stands what was shown then.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  for (const life of document.querySelectorAll(".life")) {
    const player = life.querySelector(".player");
    if (!player) continue;
    const [button, where, told] = player.children;
    const end = Number(where.max), pace = Number(life.dataset.pace);
    const cursors = life.querySelectorAll(".cursor");
    const voices = [...life.querySelectorAll(".voice")].map((voice) => ({
      changes: JSON.parse(voice.dataset.changes), shown: voice.querySelector("dd"), last: null,
    }));
    const sound = () => {
      const sheets = [...life.closest("article").querySelectorAll(".sheet")];
      const audio = sheets.find((one) => one.dataset.clip === life.dataset.clip)?.querySelector("audio");
      return audio?.src ? audio : null;
    };
    const at = (voice, now) => voice.changes.findLast((change) => change[0] <= now);
    const show = (now) => {
      for (const voice of voices) {
        const change = at(voice, now);
        if (change === voice.last) continue;
        voice.last = change;
        const [, stands, may, gone] = change ?? [0, "", "", ""];
        const marked = [["em", may], ["del", gone]].map(([tag, text]) => {
          const element = document.createElement(tag);
          element.textContent = text;
          return element;
        });
        voice.shown.replaceChildren(stands, marked[0], " ", marked[1]);
      }
      for (const cursor of cursors) {
        const x = (now / Number(cursor.dataset.seconds)) * Number(cursor.dataset.width);
        cursor.setAttribute("transform", `translate(${x} 0)`);
      }
      life.classList.add("played");
      where.value = now;
      told.textContent = `${now.toFixed(1)} s`;
      where.setAttribute("aria-valuetext", told.textContent);
    };
    let began = null;
    const label = (what) => {
      button.textContent = what;
      button.setAttribute("aria-label", `${what}: ${life.querySelector("figcaption").textContent}`);
    };
    const stop = () => { began = null; label("Play"); sound()?.pause(); };
    const step = (time) => {
      if (began === null) return;
      const now = Math.min((time - began) / 1000, end);
      // Who wants no motion sees the cursor go from change to change.
      if (!calm.matches || now === end || voices.some((voice) => at(voice, now) !== voice.last)) show(now);
      if (now < end) requestAnimationFrame(step); else stop();
    };
    button.addEventListener("click", () => {
      if (began !== null) { stop(); return; }
      const from = Number(where.value) < end ? Number(where.value) : 0;
      began = performance.now() - 1000 * from;
      label("Pause");
      show(from);
      requestAnimationFrame(step);
      const audio = sound();
      if (audio && from * pace < audio.duration) {
        audio.currentTime = from * pace;
        audio.playbackRate = pace;
        audio.play().catch(() => {});
      }
    });
    where.addEventListener("input", () => { stop(); show(Number(where.value)); });
    label("Play");
    player.hidden = false;
  }

  // Paper has no folds; what is in brief stays folded.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not(.lines)")) fold.open = true;
  });
})();
