"""Looks at a running portal from outside, with the standard library: for .ci/run.

python3 visit.py URL ready            ends with 0 where /readyz says so
python3 visit.py URL people           logs in as each demo person and opens the start page
python3 visit.py FOLDER processes     prints the processes that work in a folder
"""

import http.cookiejar
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PEOPLE = ("director", "manager", "kam", "hr", "admin")


def ready(url: str) -> None:
    with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
        if answer.status != 200:
            sys.exit("not ready")


def people(url: str) -> None:
    for name in PEOPLE:
        start = time.monotonic()
        address = sign_in_and_open_start_page(
            url, f"{name}@demo.example", os.environ.get("KAM_DEMO_PASSWORD", "demo-portal")
        )
        print(f"{name}: {address}, {time.monotonic() - start:.2f} s")


def sign_in_and_open_start_page(url: str, login: str, password: str) -> str:
    """Path of the start page; ends the program where signing in or the page fails."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    try:
        form = browser.open(f"{url}/accounts/login/", timeout=30).read().decode()
    except urllib.error.URLError as error:
        sys.exit(f"The login page can't be opened: {error}")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if not token:
        sys.exit("The login page has no form.")
    fields = {"login": login, "password": password, "csrfmiddlewaretoken": token[1]}
    try:
        browser.open(f"{url}/accounts/login/", urllib.parse.urlencode(fields).encode(), timeout=30).read()
        with browser.open(f"{url}/", timeout=30) as page:
            text = page.read().decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"{login}: {error.url} answered {error.code}")
    path: str = urllib.parse.urlsplit(page.url).path
    if path.startswith("/accounts/login") or 'name="password"' in text:
        sys.exit(f"{login} could not sign in.")
    if "<h1" not in text:
        sys.exit(f"{login}: {path} has no heading.")
    return path


def processes(folder: str) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            place = str((process / "cwd").readlink())
        except OSError:
            continue  # it has ended meanwhile
        if int(process.name) != os.getpid() and (place.startswith(folder) or f"{folder}/" in arguments):
            print(process.name, arguments)


if __name__ == "__main__":
    {"ready": ready, "people": people, "processes": processes}[sys.argv[2]](sys.argv[1])
