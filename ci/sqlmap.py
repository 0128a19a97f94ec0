#!/usr/bin/env python3
"""Has sqlmap (level 3, risk 1) look for SQL injection in every parameter of every operation, as a coordinator.

  ci/sqlmap.py             every operation, until the time is up
  ci/sqlmap.py REGEX       those whose `METHOD /path` it finds

The server is the demonstration, with made-up people in a folder of its own. Planted are: each id in the address, each
query parameter, each member of the example body, and what sqlmap adds at level 3 (Cookie, User-Agent, Referer). An
injection or an answer 5xx fails it. It takes hours, so it is no step of .ci/run; the last line says how much was looked at.

  REFERO_BIN               a binary to use (default: built with the dev profile)
  REFERO_SQLMAP_MINUTES    for everything (default 240)
  REFERO_SQLMAP_VENV       where the tool is installed (default ci/.venv-sqlmap)
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = pathlib.Path(os.environ.get("REFERO_SQLMAP_VENV", ROOT / "ci" / ".venv-sqlmap"))
REQUIREMENTS = ROOT / "ci" / "requirements-sqlmap.txt"
MINUTES = float(os.environ.get("REFERO_SQLMAP_MINUTES", "240"))
ABSENT = "11111111-1111-4111-8111-111111111111"
# Signing out ends the session; wrong passwords are counted, and the next one has to wait.
LEFT_OUT = re.compile(r" /v1/(session|me/(password|second-factor))")
REFUSALS = "400,401,403,404,405,406,409,410,411,412,413,415,422,428,429"


def install():
    """Installs the tool once, and goes on in its environment."""
    marker = VENV / "requirements.txt"
    if not marker.exists() or marker.read_bytes() != REQUIREMENTS.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        marker.write_bytes(REQUIREMENTS.read_bytes())
    if pathlib.Path(sys.prefix).resolve() != VENV.resolve():
        # By its whole path: that is how Python knows its environment.
        python = str(VENV.resolve() / "bin" / "python")
        os.execv(python, [python, __file__, *sys.argv[1:]])


def binary():
    if "REFERO_BIN" in os.environ:
        return os.environ["REFERO_BIN"]
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--bin", "refero"], cwd=ROOT, check=True)
    return str(pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "refero")


def start(work):
    """Starts the demonstration; gives its process and the line that it prints when it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [binary(), "demo", "--json", "--port", str(port), "--data-dir", str(work / "data")]
    errors = (work / "server.err").open("wb")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    if not line:
        raise SystemExit("sqlmap: the server stopped before it was ready")
    return server, json.loads(line)


class Target:
    """What one operation is asked with."""

    def __init__(self, method, path, operation, ids):
        self.name = f"{method.upper()} {path}"
        self.parameters = operation.get("parameters", [])
        self.path, self.ids = path, ids
        content = operation.get("requestBody", {}).get("content", {})
        self.body = content.get("application/json", {}).get("example")
        if self.body is None and content:
            self.body = "x"
        self.headers = [p["name"] for p in self.parameters if p["in"] == "header"]

    def filled(self, mark):
        """The path with an id of the demonstration, or of nothing, in each place."""
        folder = self.path.split("/")[2] if self.path.count("/") > 1 else ""
        values = iter([self.ids.get(folder, ABSENT)])
        return re.sub(r"\{[^}]+\}", lambda _: next(values, ABSENT) + mark, self.path)

    def resource(self):
        """What a version is read from: the thing that the address names first."""
        parts = self.filled("").split("/")
        return "/".join(parts[:4]) if len(parts) > 3 else ""

    def query(self, mark):
        """Every parameter with a good value. A cursor that nobody gave spoils the rest; tests/it/mutants.rs has those."""
        pairs = [(p["name"], sample(p)) for p in self.parameters if p["in"] == "query" and p["name"] != "cursor"]
        return "&".join(f"{name}={urllib.parse.quote(text)}{mark}" for name, text in pairs)

    def address(self, mark):
        query = self.query(mark)
        return self.filled(mark) + ("?" + query if query else "")

    def own_headers(self):
        asked = {name: "x" for name in self.headers if name in ("Idempotency-Key", "If-Match")}
        asked |= {"Access-Purpose": "case_management"} if "Access-Purpose" in self.headers else {}
        return asked | ({} if self.body is None else {"Content-Type": "application/json"})

    def succeeds(self, ready, before):
        """Says whether it is answered 2xx as it stands: otherwise little of it is looked at."""
        before.STATE["resource"] = self.resource()
        body = None if self.body is None else json.dumps(self.body).encode()
        url = ready["base_url"] + self.address("")
        asked = urllib.request.Request(url, body, self.own_headers(), method=self.name.split()[0])
        before.preprocess(asked)
        try:
            with urllib.request.urlopen(asked, timeout=60):
                return True
        except urllib.error.HTTPError:
            return False

    def request(self, base_url):
        """The request as sqlmap reads it. A star stands after everything that it changes."""
        lines = [f"{self.name.split()[0]} {self.address('*')} HTTP/1.1"]
        lines.append("Host: " + base_url.removeprefix("http://"))
        lines += [f"{name}: {value}" for name, value in self.own_headers().items()]
        return "\n".join(lines) + "\n\n" + ("" if self.body is None else json.dumps(starred(self.body)))

    @property
    def has_places(self):
        return "*" in self.address("*") or "*" in json.dumps(starred(self.body))


def sample(parameter):
    """A value that the operation takes."""
    schema = parameter["schema"].get("items", parameter["schema"])
    by_name = {"area": "XZ-N", "limit": "5"}
    by_form = {"uuid": ABSENT, "date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "boolean": "true", "integer": "1"}
    given = (schema.get("enum") or schema.get("examples") or [None])[0]
    return str(by_name.get(parameter["name"]) or given or by_form.get(schema.get("format") or schema.get("type"), "x"))


def starred(value):
    match value:
        case dict():
            return {name: starred(inner) for name, inner in value.items()}
        case list():
            return [starred(inner) for inner in value]
        case str():
            return value + "*"
        case _:
            return value


def targets(ready, credentials):
    import yaml

    os.environ["REFERO_SQLMAP_STATE"] = write_state(ready, credentials, "")
    import sqlmap_before as before

    ids = {}
    for folder in ("cases", "referrals", "organisations", "detection-reports", "incidents"):
        items = before.ask(f"/v1/{folder}?limit=1", token=before.token()).get("items", [])
        ids |= {folder: items[0]["id"]} if items else {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    described = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"), Loader=loader)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            target = Target(method, path, operation, ids)
            if not LEFT_OUT.search(target.name) and target.has_places:
                yield target, before


def write_state(ready, credentials, resource):
    state = {"base_url": ready["base_url"], "credentials": credentials, "resource": resource}
    path = WORK / "state.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    return str(path)


def hook():
    """Puts what is asked before each request where sqlmap takes it from: into a folder that is a package."""
    folder = WORK / "hook"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    shutil.copy(ROOT / "ci" / "sqlmap_before.py", folder)
    return folder / "sqlmap_before.py"


def look(target, ready, credentials, seconds):
    """Runs the tool on one operation; gives whether it finished, and what it found."""
    write_state(ready, credentials, target.resource())
    asked = WORK / "request"
    asked.write_text(target.request(ready["base_url"]), encoding="utf-8")
    command = [
        VENV / "bin" / "sqlmap", "--batch", "--level=3", "--risk=1", "-r", asked, f"--ignore-code={REFUSALS}",
        f"--preprocess={hook()}", f"--output-dir={WORK / 'out'}", "--flush-session",
        "--disable-coloring", "--timeout=20", "--retries=1", "--drop-set-cookie",
    ]
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds)
        text, finished = ran.stdout, True
    except subprocess.TimeoutExpired as late:
        text, finished = (late.stdout or b"").decode("utf-8", "replace"), False
    found = re.findall(r"^.*(?:is vulnerable|identified the following injection|5\d\d \([^)]*\) - \d+ times).*$",
                       text, re.MULTILINE)
    if finished and "do not appear to be injectable" not in text and not found:
        found = ["it was not tested: " + " / ".join(text.strip().splitlines()[-3:])]
    return finished, found


def main():
    install()
    wanted = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    server, ready = start(WORK)
    account = next(a for a in ready["accounts"] if a["role"] == "case_coordinator")
    credentials = {key: account[key] for key in ("username", "password")}
    end, done, good, cut, findings = time.monotonic() + MINUTES * 60, 0, 0, [], 0
    try:
        todo = [found for found in targets(ready, credentials) if wanted.search(found[0].name)]
        for target, before in todo:
            good += target.succeeds(ready, before)
            left = end - time.monotonic()
            finished, found = look(target, ready, credentials, left) if left > 1 else (False, [])
            done += finished
            cut += [] if finished else [target.name]
            findings += len(found)
            for line in found:
                print(f"sqlmap: {target.name}: {line}", flush=True)
        alive = server.poll() is None
    finally:
        server.kill()
        server.wait()
    print(f"sqlmap: {done} of {len(todo)} operations in time ({good} answer 2xx as they stand), {findings} findings, "
          f"the server {'lives' if alive else 'did not survive'}")
    for name in cut:
        print(f"sqlmap: not finished: {name}")
    return 0 if alive and not findings and done else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "ci"))
    with tempfile.TemporaryDirectory() as folder:
        WORK = pathlib.Path(folder)
        sys.exit(main())
