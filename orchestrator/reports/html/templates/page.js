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

  // Paper has no folds; what is in brief stays folded.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not(.lines)")) fold.open = true;
  });
})();
