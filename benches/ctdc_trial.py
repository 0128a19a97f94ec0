#!/usr/bin/env python3
"""Registers an extract of the CTDC dataset through the HTTP API, reads it back and compares.

    cargo run --release -- demo --json > demo.json     (and leave it running)
    python3 benches/ctdc_trial.py EXTRACT.csv --accounts demo.json

A demonstration is always on SQLite, in a folder of its own (`--data-dir`). For another server,
`--accounts` takes a line of the same form that names it and a first responder and a coordinator of
the whole country. The extract is data of real (k-anonymised) people: it stays where it is and is
never committed, nor is any row of it. What `--json` writes are times and counts. Python 3, standard
library only.

Each row becomes one submitted detection report. Its id and its Idempotency-Key follow from the
file and the row, so that a run that was interrupted is simply started again. Every value is looked
up in the mapping below; the names of CTDC columns behind the codes stand in
reference/code_lists.json, and the script insists that each code it uses is in its list. A value
that no code means exactly is counted and told, never dropped in silence.

It is read back twice, each time through the API: the reports, by the first responder who sent
them; and the cases that they became, by a coordinator.
"""

import argparse
import collections
import csv
import datetime
import hashlib
import http.client
import json
import math
import pathlib
import queue
import sys
import threading
import time
import urllib.parse
import uuid

LISTS = pathlib.Path(__file__).resolve().parent.parent / "reference" / "code_lists.json"
MISSING = {"0", "-99", ""}

# column -> value -> codes. `None`: the file says that it does not know, and nothing is sent.
SEX = {"Female": "female", "Male": "male"}
SOURCE = {"Hotline": "hotline"}
RELATION = {
    "Family/Relative": "familial",
    "Friend/Acquaintance": "acquainted",
    "Intimate Partner": "intimate_partner",
    "Other": "other",
    "Not Specified": "unknown",
}
FORM = {
    "Sexual Exploitation": "sexual_exploitation",
    "Forced Labor": "forced_labour",
    "Forced Marriage": "forced_marriage",
    "Other": "other",
}
CONTROL = {"Threats": "threats_general", "Other": "other"}
LABOUR = {
    "Agriculture": "agriculture",
    "Aquafarming": "aquafarming",
    "Begging": "begging",
    "Construction": "construction",
    "Domestic Work": "domestic_work",
    "Manufacturing": "manufacturing",
    "Peddling": "peddling",
    "Other": "other",
    "Unknown": None,
}
# band -> status, middle in years. The last band is open: 52 is where its people are put.
AGE = {
    "Age 0-8": ("child_declared", 4),
    "Age 9-17": ("child_declared", 13),
    "Age 18-20": ("adult_declared", 19),
    "Age 21-23": ("adult_declared", 22),
    "Age 24-26": ("adult_declared", 25),
    "Age 27-29": ("adult_declared", 28),
    "Age 30-38": ("adult_declared", 34),
    "Age 39-47": ("adult_declared", 43),
    "Age 48+": ("adult_declared", 52),
}
BAND_OF_MIDDLE = {middle: band for band, (_, middle) in AGE.items()}
# What holds a value that has no code of its own, and why. The text goes into the narrative, so that
# nothing is lost; it is not counted by code.
COARSE = {
    ("ControlCategory", "Financial"): ("other", "stands for debt_bondage, takes_earnings or restricts_financial_access"),
    ("ControlCategory", "Physical"): ("other", "stands for physical_abuse, sexual_abuse or restricts_movement"),
    ("ControlCategory", "Survival"): ("other", "stands for withholds_necessities or restricts_medical_care"),
    ("Datasource", "Case Management"): (None, "says how the record came about, not how the person was found"),
}
# Which list each code must be in.
USED = {
    "sex_reporting": set(SEX.values()),
    "detection_source": set(SOURCE.values()),
    "relationship_to_trafficker": set(RELATION.values()),
    "exploitation_type": set(FORM.values()),
    "control_method": set(CONTROL.values()),
    "labour_type_ctdc": {code for code in LABOUR.values() if code},
    "age_status": {status for status, _ in AGE.values()},
}


class Refused(Exception):
    """The server answered what the trial cannot go on with."""


def check_codes():
    lists = {entry["id"]: {value["code"] for value in entry["values"]}
             for entry in json.loads(LISTS.read_text(encoding="utf-8"))["lists"]}
    for name, codes in USED.items():
        unknown = codes - lists[name]
        if unknown:
            raise SystemExit(f"{name} has no {sorted(unknown)}")


def read_rows(path):
    data = path.read_bytes()
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    return rows, hashlib.sha256(data).hexdigest()


def row_id(digest, number):
    """A UUIDv4-shaped id that is the same each time."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"{digest} {number}".encode()).digest()[:16], version=4))


def forms_of(row):
    """The forms of exploitation of a row: its type, and forced labour if its flag says so."""
    forms = [] if row["ExploitType"] in MISSING else [FORM.get(row["ExploitType"])]
    if row["isForcedLabour"] == "1" and "forced_labour" not in forms:
        forms.append("forced_labour")
    return forms


class Mapping:
    """Turns rows into reports, and keeps what found no home."""

    def __init__(self):
        self.homeless = collections.Counter()
        self.unknown = collections.Counter()

    def look_up(self, table, row, column, words):
        value = row[column]
        if value in MISSING:
            return None
        if (column, value) in COARSE:
            code, why = COARSE[column, value]
            self.homeless[column, value, code or "nothing", why] += 1
            words.append(f"CTDC {column}: {value}")
            return code
        if value not in table:
            self.homeless[column, value, "nothing", "not in the mapping"] += 1
            words.append(f"CTDC {column}: {value}")
            return None
        if table[value] is None:
            self.unknown[column, value] += 1
        return table[value]

    def report(self, row):
        words = []
        year = int(row["yearOfRegistration"])
        report = {
            "submit": True,
            "detected_on": str(year),
            "sex_reporting": self.look_up(SEX, row, "gender", words),
            "detection_source": self.look_up(SOURCE, row, "Datasource", words),
            "relationship_to_trafficker": self.look_up(RELATION, row, "RecruiterCategory", words),
        }
        self.look_up(FORM, row, "ExploitType", words)
        report["exploitation_types"] = [form for form in forms_of(row) if form]
        control = self.look_up(CONTROL, row, "ControlCategory", words)
        labour = self.look_up(LABOUR, row, "Labor_Type", words)
        report["control_methods"] = [control] if control else []
        report["labour_types"] = [labour] if labour else []
        if row["citizenship"] not in MISSING:
            report["citizenships"] = [row["citizenship"]]
        if row["ageCategories"] in AGE:
            status, middle = AGE[row["ageCategories"]]
            report["age_status"] = status
            report["birth_year_estimate"] = year - middle
        elif row["ageCategories"] not in MISSING:
            self.look_up({}, row, "ageCategories", words)
        if words:
            report["narrative"] = "; ".join(words)
        return {name: value for name, value in report.items() if value not in (None, [])}


class Session:
    """One sign-in for all connections; the access token is renewed before it ends."""

    def __init__(self, url, username, password):
        self.url, self.lock = url, threading.Lock()
        self.keep(self.ask("/v1/session", {"username": username, "password": password}))

    def ask(self, path, body):
        connection = connect(self.url)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != 200:
                raise Refused(f"{path} answered {answer.status} {data.decode()}")
            return json.loads(data)
        finally:
            connection.close()

    def keep(self, answer):
        self.access, self.refresh = answer["access_token"], answer["refresh_token"]
        # Renewed at half its time.
        self.until = time.monotonic() + answer["expires_in"] / 2

    def token(self):
        with self.lock:
            if time.monotonic() > self.until:
                self.keep(self.ask("/v1/session/refresh", {"refresh_token": self.refresh}))
            return self.access


def connect(url):
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname, url.port, timeout=60)


def send(connection, session, method, path, body=None, key=None):
    headers = {"Authorization": f"Bearer {session.token()}", "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key:
        headers["Idempotency-Key"] = key
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


class Registering(threading.Thread):
    """One connection that takes rows from the queue until there are none."""

    def __init__(self, session, todo, stop):
        super().__init__(daemon=True)
        self.session, self.todo, self.stop = session, todo, stop
        self.times, self.statuses, self.refused, self.failure = [], collections.Counter(), [], None

    def run(self):
        try:
            connection = connect(self.session.url)
            while not self.stop.is_set():
                try:
                    number, id_, report = self.todo.get_nowait()
                except queue.Empty:
                    return
                connection = self.register(connection, number, id_, report)
        except Exception as error:  # told by the main thread
            self.failure = error
            self.stop.set()

    def register(self, connection, number, id_, report):
        body = json.dumps({"id": id_, **report})
        for attempt in range(1, 9):
            began = time.perf_counter()
            try:
                status, data = send(connection, self.session, "POST", "/v1/detection-reports", body, id_)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = connect(self.session.url)
                status = 0
            if status in (0, 503):
                self.statuses[status] += 1
                time.sleep(min(0.1 * 2 ** attempt, 5))
                continue
            self.times.append(time.perf_counter() - began)
            self.statuses[status] += 1
            if status not in (200, 201):
                self.refused.append((number, status, data.decode()))
            return connection
        raise Refused(f"row {number} was not taken after eight attempts")


def register_all(session, rows, digest, mapping, connections):
    todo, stop = queue.SimpleQueue(), threading.Event()
    for number, row in enumerate(rows, 1):
        todo.put((number, row_id(digest, number), mapping.report(row)))
    began = time.perf_counter()
    threads = [Registering(session, todo, stop) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    for thread in threads:
        if thread.failure:
            raise thread.failure
    return took, threads


def pages(session, resource):
    """Yields the items of every page of a list, with the most rows that a page may have."""
    connection, path = connect(session.url), f"/v1/{resource}?limit=200"
    while path:
        status, data = send(connection, session, "GET", path)
        if status != 200:
            raise Refused(f"the list answered {status} {data.decode()}")
        page = json.loads(data)
        yield page["items"]
        cursor = page.get("next_cursor")
        path = cursor and f"/v1/{resource}?" + urllib.parse.urlencode({"limit": 200, "cursor": cursor})


def read_back(session, resource, ids, id_of):
    """Reads a whole list that the caller may see, and keeps what came of the rows of the file."""
    found, read, began = {}, 0, time.perf_counter()
    for items in pages(session, resource):
        read += 1
        for item in items:
            report = item.get(id_of)
            if report in found:
                raise Refused("the list showed something twice")
            if report in ids:
                found[report] = item
    return found, read, time.perf_counter() - began


def expected_counts(rows):
    """Counts the file by itself, without the reports that were made of it."""
    counts = collections.defaultdict(collections.Counter)
    for row in rows:
        counts["sex"][{"Female": "female", "Male": "male"}.get(row["gender"], "none")] += 1
        counts["citizenship"]["none" if row["citizenship"] in MISSING else row["citizenship"]] += 1
        for form in forms_of(row) or ["none"]:
            counts["form of exploitation"][form] += 1
        band = row["ageCategories"]
        counts["age band"][band if band in AGE else "none"] += 1
        counts["child"][band in ("Age 0-8", "Age 9-17") or band not in AGE] += 1
        counts["year"][row["yearOfRegistration"]] += 1
    return counts


def shown_in_reports(reports):
    """Counts what the reports say."""
    counts = collections.defaultdict(collections.Counter)
    for report in reports.values():
        counts["sex"][report.get("sex_reporting") or "none"] += 1
        for country in report.get("citizenships") or ["none"]:
            counts["citizenship"][country] += 1
        for form in report.get("exploitation_types") or ["none"]:
            counts["form of exploitation"][form] += 1
        counts["age band"][band_of(report["detected_on"], report)] += 1
        counts["child"][report["protected_as_child"]] += 1
        counts["year"][report["detected_on"]] += 1
    return counts


def shown_in_cases(cases, reports):
    """Counts what the cases say about the person; the year of detection stands in the report."""
    counts = collections.defaultdict(collections.Counter)
    for report, case in cases.items():
        counts["sex"][case["sex_reporting"].replace("unknown", "none")] += 1
        for country in case["citizenships"] or ["none"]:
            counts["citizenship"][country] += 1
        counts["age band"][band_of(reports[report]["detected_on"], case)] += 1
        counts["child"][case["protected_as_child"]] += 1
    return counts


def band_of(year, shown):
    born = shown.get("birth_year_estimate")
    return BAND_OF_MIDDLE.get(int(year) - born, "none") if born else "none"


def compare(expected, columns):
    """Prints the counts side by side, and returns for each whether all columns are as the file."""
    same = {}
    for name in expected:
        told = {column: counts[name] for column, counts in columns.items() if name in counts}
        same[name] = all(counts == expected[name] for counts in told.values())
        print(f"\n{name:22} {'file':>8} " + " ".join(f"{column:>8}" for column in told))
        values = set(expected[name]).union(*told.values())
        for value in sorted(values, key=lambda v: (-expected[name][v], str(v))):
            numbers = [expected[name][value]] + [counts[value] for counts in told.values()]
            differs = "" if len(set(numbers)) == 1 else "   DIFFERENT"
            print(f"  {value!s:20} " + " ".join(f"{number:8}" for number in numbers) + differs)
    return same


def percentile(times, share):
    """In milliseconds, by the nearest rank."""
    return sorted(times)[max(math.ceil(len(times) * share), 1) - 1] * 1000


def accounts(path):
    """Returns the address and somebody for each role, from the line of `refero demo --json`."""
    line = json.loads(path.read_text(encoding="utf-8"))
    url, people = urllib.parse.urlsplit(line["base_url"]), {}
    for account in line["accounts"]:
        people.setdefault(account["role"], account)
    return url, people


def sign_in(url, person):
    return Session(url, person["username"], person["password"])


def tell_homes(mapping):
    print("\nvalues without a code of their own:")
    for (column, value, code, why), count in mapping.homeless.most_common():
        print(f"  {column} {value}: {count} rows, recorded as {code}: {why}")
    print("values that say 'unknown' and are left out:")
    for (column, value), count in mapping.unknown.most_common():
        print(f"  {column} {value}: {count} rows")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("extract", type=pathlib.Path, help="the CSV file")
    arguments.add_argument("--accounts", type=pathlib.Path, required=True, help="the line of `refero demo --json`")
    arguments.add_argument("--connections", type=int, default=8)
    arguments.add_argument("--rows", type=int, help="only the first so many")
    arguments.add_argument("--json", type=pathlib.Path, help="where times and counts go")
    given = arguments.parse_args()

    check_codes()
    rows, digest = read_rows(given.extract)
    rows = rows[: given.rows]
    url, people = accounts(given.accounts)
    responder, mapping = sign_in(url, people["first_responder"]), Mapping()
    print(f"{len(rows)} rows, {given.connections} connections, {datetime.date.today()}")

    took, threads = register_all(responder, rows, digest, mapping, given.connections)
    times = [t for thread in threads for t in thread.times]
    statuses = sum((thread.statuses for thread in threads), collections.Counter())
    refused = [entry for thread in threads for entry in thread.refused]
    figures = {
        "rows": len(rows), "connections": given.connections, "registering_s": took,
        "per_second": len(times) / took, "p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99),
        "answers": {str(status or "none"): count for status, count in sorted(statuses.items())},
    }
    print(f"registered in {took:.1f} s: {figures['per_second']:.1f} a second, "
          f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms")
    print("answers: " + ", ".join(f"{count} × {status}" for status, count in figures["answers"].items()))
    for number, status, text in refused[:10]:
        print(f"  row {number}: {status} {text}")

    ids = {row_id(digest, number) for number in range(1, len(rows) + 1)}
    reports, read, figures["reading_reports_s"] = read_back(responder, "detection-reports", ids, "id")
    print(f"read back {len(reports)} reports in {figures['reading_reports_s']:.1f} s, {read} pages")
    # A new sign-in: reading may have taken longer than a session may rest.
    coordinator = sign_in(url, people["case_coordinator"])
    cases, read, figures["reading_cases_s"] = read_back(coordinator, "cases", ids, "report_id")
    print(f"read back {len(cases)} cases in {figures['reading_cases_s']:.1f} s, {read} pages")
    codes = {report["case_code"] for report in reports.values()}
    print(f"different case codes: {len(codes)}")

    columns = {"reports": shown_in_reports(reports), "cases": shown_in_cases(cases, reports)}
    figures["same"] = compare(expected_counts(rows), columns)
    tell_homes(mapping)
    figures["homeless"] = [
        {"column": column, "value": value, "rows": count, "recorded_as": code, "why": why}
        for (column, value, code, why), count in mapping.homeless.most_common()
    ]
    figures["whole"] = (all(figures["same"].values()) and not refused
                        and len(rows) == len(reports) == len(cases) == len(codes))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\nthe counts are the same" if figures["whole"] else "\nTHE COUNTS DIFFER")
    return 0 if figures["whole"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refused as error:
        sys.exit(f"stopped: {error}")
