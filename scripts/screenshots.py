"""Takes the pictures of the report page in docs/screenshots/ with Debian's Chromium.

`python scripts/screenshots.py results/RUN` takes them from a real run; it needs the dependency
group `page` and `apt-get install chromium`.
"""

import sys
import tempfile
from pathlib import Path

try:
    from playwright.sync_api import Browser, sync_playwright
except ModuleNotFoundError:
    sys.exit("playwright is not installed: uv sync --group page")

from orchestrator.reports.html import write

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"

# Where a picture begins (the heading above it), its width and height, and its colours.
SHOTS = {
    "top": (None, 1100, 860, "light"),
    "dark": ("Speed against accuracy", 1100, 860, "dark"),
    "transcripts": ("Transcripts", 1100, 560, "light"),
    "phone": (None, 360, 780, "light"),
}


def main() -> None:
    """Make the page of the run that is named, and picture it."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one run
        sys.exit(f"usage: {Path(sys.argv[0]).name} RUN")
    if not Path(CHROMIUM).exists():
        sys.exit(f"{CHROMIUM} is missing: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = write([Path(sys.argv[1])], Path(folder) / "report.html")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in SHOTS:
            _take(browser, page, name)
        browser.close()


def _take(browser: Browser, file: Path, name: str) -> None:
    heading, width, height, scheme = SHOTS[name]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(file.as_uri())
    # Whose disk it was is nobody's business.
    page.locator(".path").evaluate_all("(shown) => shown.forEach((one) => one.remove())")
    if heading is not None:
        title = page.get_by_role("heading", name=heading, exact=True)
        title.evaluate("(shown) => scrollTo(0, shown.getBoundingClientRect().top + scrollY - 32)")
    target = PICTURES / f"{name}.png"
    page.screenshot(path=target)
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")
    page.close()


if __name__ == "__main__":
    main()
