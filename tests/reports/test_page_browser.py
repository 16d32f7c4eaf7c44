"""The report page in a browser: without a network, by keyboard, dark, small, and read aloud."""

import math
import struct
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import live_runs
import pages
import pytest

pytest.importorskip("playwright", reason="the dependency group `page` is not installed")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from orchestrator.reports.board import page as board_page
from orchestrator.reports.board.groups import Group, Key
from orchestrator.reports.html import write

pytestmark = [
    pytest.mark.browser,
    # Playwright's own: closing a browser leaves a transport to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CHROMIUM = "/usr/bin/chromium"
BACKENDS = ("ada", "bob", "cyd")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's browser, which plays and needs no gesture for it."""
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of three backends, one of whose clips has its audio."""
    folder = tmp_path_factory.mktemp("page")
    audio = folder / "one.wav"
    with wave.open(str(audio), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        tone = (int(9000 * math.sin(n / 12)) for n in range(16_000))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in tone) * 60)
    return pages.small(folder / "run", BACKENDS, audio)


@pytest.fixture(scope="module")
def made(run: Path) -> Path:
    """Return the page with its audio."""
    return write([run], embed_audio=True)


class Seen:
    """A page that was opened, and what it asked for or complained of."""

    def __init__(self, browser: Browser, file: Path, width: int = 1200, scheme: str = "") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        self.context.set_offline(offline=True)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def sent(self) -> list[str]:
        """Return what left the machine, or would have."""
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]

    def fits(self) -> bool:
        """Tell whether the page scrolls one way only."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return wide <= 0


def test_it_opens_from_a_disk_and_draws_every_backend(browser: Browser, made: Path) -> None:
    """Nothing is asked of a network, nothing complained of; charts are seen, at both widths."""
    for width, shown in ((1200, ".wide"), (360, ".narrow")):
        seen = Seen(browser, made, width)
        assert not seen.said
        assert not seen.sent()
        assert seen.fits()
        charts = seen.page.locator(f"figure {shown}:visible")
        assert charts.count() == 6
        for chart in charts.all():
            titles = chart.locator("title").all_text_contents()
            for backend in BACKENDS:
                assert any(title.startswith(backend) for title in titles)
        seen.context.close()


def test_names_are_never_cut_off_by_the_edge(browser: Browser, tmp_path: Path) -> None:
    """Beside a chart's data they are whole or end in dots; no letter is outside the drawing."""
    names = ("insanely-fast-whisper", "lightning-whisper-mlx", "a longer name than there ever was")
    file = write([pages.small(tmp_path / "run", names)])
    outside = """svg => [...svg.querySelectorAll("text")].filter(text => {
        const [own, all] = [text.getBoundingClientRect(), svg.getBoundingClientRect()];
        const cut = own.left < all.left - 1 || own.right > all.right + 1;
        return cut && /[a-z]{2}/.test(text.textContent);
    }).map(text => text.textContent)"""
    for width, shown in ((1200, ".wide"), (360, ".narrow")):
        seen = Seen(browser, file, width)
        charts = seen.page.locator(f"figure {shown}:visible svg").all()
        assert charts
        for chart in charts:
            assert chart.evaluate(outside) == []
        assert seen.page.get_by_text("insanely-fast-whisper", exact=True).count()
        seen.context.close()


def test_it_is_light_or_dark(browser: Browser, made: Path) -> None:
    """It follows the system until its switch is used, by keyboard too."""
    colour = "getComputedStyle(document.body).backgroundColor"
    dot = "getComputedStyle(document.querySelector('figure path[fill^=var]')).fill"
    light, dark = Seen(browser, made), Seen(browser, made, scheme="dark")
    assert light.page.evaluate(colour) == "rgb(255, 255, 255)"
    assert light.page.evaluate(dot) != dark.page.evaluate(dot)
    night = dark.page.evaluate(colour)
    light.page.locator("#theme").focus()
    light.page.keyboard.press("Enter")
    assert light.page.evaluate(colour) == night
    light.context.close()
    dark.context.close()


def test_the_keyboard_reaches_every_control(browser: Browser, made: Path) -> None:
    """Tab goes through all that can be used: nothing is left out, nothing holds on to it."""
    seen = Seen(browser, made)
    seen.page.evaluate(
        "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
    )
    controls = "a[href], button:enabled, input, summary, audio[controls], [tabindex='0']"
    wanted = seen.page.evaluate(
        f"[...document.querySelectorAll(`{controls}`)].filter((one) => one.checkVisibility())"
        ".map((one, number) => { one.dataset.number = number; return number; })"
    )
    reached = set()
    for _ in range(8 * len(wanted)):  # a player has several controls of its own
        seen.page.keyboard.press("Tab")
        reached.add(seen.page.evaluate("document.activeElement.dataset.number"))
    assert reached >= {str(number) for number in wanted}
    seen.context.close()


def test_the_player_goes_to_a_segment(browser: Browser, run: Path, made: Path) -> None:
    """A segment's time moves the player there: with audio in the page, and with a chosen file."""
    place = "document.querySelector('.sheet audio').currentTime"
    loaded = "document.querySelector('.sheet audio').readyState >= 2"
    chosen = write([run], run.parent / "silent.html")
    for file in (made, chosen):
        seen = Seen(browser, file)
        sheet = seen.page.locator(".sheet").first
        later = sheet.locator(".at[data-at='40.0']").first
        if file == chosen:
            assert later.is_disabled()
            seen.page.locator("input[type=file]").set_input_files(run.parent / "one.wav")
        seen.page.wait_for_function(f"() => {loaded}")
        later.click()
        seen.page.wait_for_function(f"() => {place} >= 40")
        assert not seen.said
        assert not seen.sent()
        seen.context.close()


def test_a_clip_is_played(browser: Browser, tmp_path: Path) -> None:
    """By keyboard: each engine's text of that moment, a cursor, and an end; a slider seeks."""
    seen = Seen(browser, write([live_runs.store(tmp_path / "run", {"ada": (0.5,), "bob": (1.0,)})]))
    life = seen.page.locator(".life")
    first, second = life.locator("dd").all()
    assert first.inner_text() == "What was said."
    slider, button = life.locator("input"), life.locator("button")
    slider.fill("2.6")
    assert first.inner_text().split() == ["what", "was", "wars"]
    assert life.locator("del").first.inner_text() == "wars"
    assert second.inner_text().split() == ["what", "wars"]
    assert life.locator("em").nth(1).inner_text().strip() == "wars"
    before = life.locator(".cursor").first.get_attribute("transform")
    button.focus()
    seen.page.keyboard.press("Enter")
    assert button.inner_text() == "Pause"
    seen.page.wait_for_function("() => document.querySelector('.life input').value > 2.7")
    seen.page.keyboard.press("Enter")
    assert button.inner_text() == "Play"
    assert life.locator(".cursor").first.get_attribute("transform") != before
    slider.fill("5.9")
    seen.page.keyboard.press("Tab")
    button.click()
    seen.page.wait_for_function("() => document.querySelector('.life button').innerText == 'Play'")
    assert second.inner_text().strip() == "What was said."
    assert not seen.said
    assert not Axe().run(seen.page).violations_count
    seen.context.close()


def test_who_wants_no_motion_sees_steps(browser: Browser, tmp_path: Path) -> None:
    """The cursor goes from change to change, and not in between."""
    seen = Seen(browser, write([live_runs.store(tmp_path / "run", {"ada": (0.5,)})]))
    seen.page.emulate_media(reduced_motion="reduce")
    seen.page.locator(".life input").fill("0.9")
    seen.page.evaluate("""() => {
        const cursor = document.querySelector(".cursor");
        window.moves = 0;
        new MutationObserver((all) => { window.moves += all.length; })
            .observe(cursor, { attributes: true });
    }""")
    seen.page.locator(".life button").click()
    seen.page.wait_for_function(
        "() => document.querySelector('.life dd').innerText.includes('wars')"
    )
    assert seen.page.evaluate("window.moves") <= 3  # where it began, and two changes at most
    seen.context.close()


def test_hostile_names_do_nothing(browser: Browser, tmp_path: Path) -> None:
    """Whatever a clip, a backend or a transcript is called: it is shown, it fits, it never runs."""
    for number, nasty in enumerate((*pages.NASTY, " ".join(pages.NASTY))):
        file = write([pages.hostile(tmp_path / str(number), nasty)])
        seen = Seen(browser, file, 360)
        seen.page.evaluate(
            "document.querySelectorAll('details').forEach((f) => { f.open = true; })"
        )
        assert seen.page.evaluate("window.ran") is None
        assert not seen.said
        assert not seen.sent()
        assert seen.fits()
        seen.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(
    browser: Browser, run: Path, made: Path, scheme: str
) -> None:
    """Axe-core finds no violation: page or phone, light or dark, everything unfolded."""
    for file, width in ((made, 1200), (write([run, run], run.parent / "two.html"), 360)):
        seen = Seen(browser, file, width, scheme)
        seen.page.evaluate(
            "document.querySelectorAll('details').forEach((f) => { f.open = true; })"
        )
        found = Axe().run(seen.page)
        assert not found.violations_count, found.generate_report()
        seen.context.close()


def test_a_long_run_is_a_small_page(browser: Browser, tmp_path: Path) -> None:
    """Nine backends, twenty blocks and two thousand clips: under 3 MB, and it opens."""
    file = write([pages.large(tmp_path / "run")])
    assert file.stat().st_size < 3_000_000
    seen = Seen(browser, file)
    assert not seen.said
    assert seen.page.locator(".sheet").count() > 100
    assert "more clips have no room" in seen.page.content()
    seen.context.close()


def board_of(folder: Path, names: Sequence[str], lines: int = 500) -> Path:
    """Write a board of these chips, of which each has engines as they come, and two corpora."""
    groups = [
        Group(
            Key(names[n % len(names)], f"engine {n % 7}", f"model {n}", "cpu", f"talk {n % 2}", ""),
            rtfx=[float(n), n + 2.0],
            newest="2026-11-29",
        )
        for n in range(lines)
    ]
    html, _ = board_page.page(groups, lines)
    file = folder / "board.html"
    file.write_text(html, "utf-8")
    return file


def test_a_board_filters_by_keyboard_without_a_network(browser: Browser, tmp_path: Path) -> None:
    """Chosen by arrows, sorted by a key, kept in the address, and shown all again."""
    seen = Seen(browser, board_of(tmp_path, ("Apple M1", "Apple M3", "EPYC")))
    page, rows = seen.page, seen.page.locator("#board tbody tr")
    status = page.locator("#status")
    assert status.text_content() == "250 of 500 lines, the first 200 shown"  # of the first speech
    page.locator("#more").focus()
    page.keyboard.press("Enter")
    assert rows.count() == 250
    page.get_by_label("chip", exact=True).focus()
    for _ in ("Apple M1", "Apple M3", "EPYC"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    for _ in range(4):  # engine 0 to 3
        page.keyboard.press("ArrowDown")
    assert set(page.locator("#board tbody th").all_text_contents()) == {"EPYC"}
    count = rows.count()
    assert 0 < count < 50
    page.get_by_role("button", name="RTFx").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=descending]").text_content() == "RTFx"
    fastest = [
        float(text.split()[0]) for text in rows.locator("td:nth-child(6)").all_text_contents()
    ]
    assert fastest == sorted(fastest, reverse=True)
    kept = page.url
    page.get_by_label("words", exact=True).focus()
    page.keyboard.type("no such words")
    assert rows.count() == 0
    again = Seen(browser, tmp_path / "board.html")
    again.page.goto(kept)
    again.page.reload()
    assert again.page.locator("#board tbody tr").count() == count
    page.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Enter")
    whole = "document.getElementById('status').textContent.startsWith('500 of')"
    page.wait_for_function(f"() => {whole}")  # a function: the page forbids eval
    for one in (seen, again):
        assert not one.said
        assert not one.sent()
        one.context.close()


def test_hostile_names_on_a_board_do_nothing(browser: Browser, tmp_path: Path) -> None:
    """In the table, in a filter, chosen and searched for: shown, and never run."""
    seen = Seen(browser, board_of(tmp_path, pages.NASTY, 24), 360)
    chips = seen.page.get_by_label("chip", exact=True).locator("option")
    assert chips.count() == 1 + len(pages.NASTY)
    seen.page.get_by_label("speech", exact=True).select_option(index=0)
    for number in range(chips.count()):
        seen.page.get_by_label("chip", exact=True).select_option(index=number)
        assert seen.page.locator("#board tbody tr").count()
    assert seen.page.evaluate("window.ran") is None
    assert not seen.said
    assert not seen.sent()
    assert seen.fits()
    found = Axe().run(seen.page)
    assert not found.violations_count, found.generate_report()
    seen.context.close()


def test_a_board_of_ten_thousand_lines_answers_at_once(browser: Browser, tmp_path: Path) -> None:
    """And without its script it has a table too."""
    file = board_of(tmp_path, [f"chip {number}" for number in range(40)], 10_000)
    seen = Seen(browser, file)
    seen.page.get_by_label("words", exact=True).fill("model 9999")
    assert seen.page.locator("#board tbody tr").count() == 1
    seen.context.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(file.as_uri())
    assert plain.locator("#board tbody tr").count() == 200
    assert plain.locator("#filters").is_hidden()
    plain.context.close()
