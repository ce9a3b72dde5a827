"""`make screenshots`: every page as each demo person sees it: two widths, both languages, light and dark.

Pages are found as a visitor finds them: from the start page along links, one example a route.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page, sync_playwright

from bench.browser import ARGUMENTS, chromium_path, served, sign_in

WIDTHS = {"1440": (1440, 1000), "390": (390, 844)}
LANGUAGES = ("en", "zh-hans")
SCHEMES = ("light", "dark")
PEOPLE = ("director", "manager", "kam", "hr", "admin")
# Not pages to look at: files, the API's own documentation, signing out, the framework's admin site.
SKIPPED = ("/api/", "/admin/", "/static/", "/accounts/logout", "/i18n/", "/jobs/")
MOST_PAGES = 200


class Command(BaseCommand):
    help = "Save every page as each demo person sees it into the data folder's screenshots/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="person", choices=PEOPLE, help="only as this person")
        parser.add_argument("--only", default="", help="only pages whose address contains this")
        parser.add_argument("--quick", action="store_true", help="only light, English at 1440 and Chinese at 390")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = settings.DATA_DIR / "screenshots"
        people = [options["person"]] if options["person"] else list(PEOPLE)
        shots: list[tuple[str, str, str]] = []
        with served(os.environ | {"KAM_LOG_LEVEL": "ERROR"}) as address, chromium() as browser:
            for person in people:
                pages = self._pages(browser, address, person, options["only"])
                self.stdout.write(f"{person}: {len(pages)} pages")
                shots += self._save(browser, address, person, pages, folder, quick=options["quick"])
        write_index(folder, shots)
        self.stdout.write(f"{len(shots)} pictures: {folder / 'index.html'}")

    def _pages(self, browser: Browser, address: str, person: str, only: str) -> list[tuple[str, str]]:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = context.new_page()
        sign_in(page, person, settings.KAM_DEMO_PASSWORD, address=address)
        found = list(crawl(page, address))
        context.close()
        return [(name, path) for name, path in found if only in path]

    def _save(
        self, browser: Browser, address: str, person: str, pages: list[tuple[str, str]], folder: Path, *, quick: bool
    ) -> list[tuple[str, str, str]]:
        saved = []
        for language in LANGUAGES:
            for width, (w, h) in WIDTHS.items():
                for scheme in SCHEMES:
                    if quick and (scheme, language, width) not in {
                        ("light", "en", "1440"),
                        ("light", "zh-hans", "390"),
                    }:
                        continue
                    context = browser.new_context(
                        viewport={"width": w, "height": h},
                        color_scheme="dark" if scheme == "dark" else "light",
                        locale=language,
                    )
                    page = context.new_page()
                    sign_in(page, person, settings.KAM_DEMO_PASSWORD, address=address)
                    choose_language(page, address, language)
                    for name, path in pages:
                        file = folder / person / f"{name.replace(':', '-')}--{language}-{width}-{scheme}.png"
                        file.parent.mkdir(parents=True, exist_ok=True)
                        page.goto(address + path, wait_until="networkidle")
                        page.screenshot(path=str(file), full_page=True)
                        saved.append((person, f"{name} {language} {width} {scheme}", str(file.relative_to(folder))))
                    context.close()
        return saved


def crawl(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """(route name, path) of each page reachable by links, one example a route, nearest first."""
    waiting, seen = ["/", "/ui/", "/accounts/login/"], set[str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        name = route_name(path)
        if name is None or name in seen:
            continue
        try:
            response = page.goto(address + path, wait_until="domcontentloaded")
        except Error as error:
            if "Download is starting" in error.message:  # a file, no page
                continue
            raise
        if response is None or response.status >= 400 or "text/html" not in response.headers.get("content-type", ""):
            continue
        seen.add(name)
        yield name, path
        hrefs = page.eval_on_selector_all(
            "a[href], [data-href]", "all => all.map(a => a.getAttribute('href') || a.dataset.href)"
        )
        waiting += [href for href in hrefs if href and href.startswith("/") and not href.startswith(SKIPPED)]


def route_name(path: str) -> str | None:
    parts = urlsplit(path)
    if parts.path.startswith(SKIPPED) or "export" in parts.path or "export" in parts.query:
        return None
    try:
        return resolve(parts.path).view_name or None
    except Resolver404:
        return None


def choose_language(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/")
    if page.evaluate("document.documentElement.lang").lower() != language:
        page.locator("form[action='/i18n/'] button").first.evaluate("button => button.click()")
        page.wait_for_load_state()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


def write_index(folder: Path, shots: list[tuple[str, str, str]]) -> None:
    rows = "\n".join(
        f'<figure><a href="{escape(file)}"><img loading="lazy" width="420" src="{escape(file)}" alt=""></a>'
        f"<figcaption>{escape(person)}: {escape(title)}</figcaption></figure>"
        for person, title, file in shots
    )
    html = f"<!doctype html><meta charset=utf-8><title>KAM Portal, every page</title>{rows}\n"
    (folder / "index.html").write_text(html, encoding="utf-8")
