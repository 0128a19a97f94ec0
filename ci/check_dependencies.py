#!/usr/bin/env python3
"""Checks licences, sources and known advisories of every package in Cargo.lock, without a network.

  ci/check_dependencies.py               check this workspace; exit 1 names everything that is wrong
  ci/check_dependencies.py --self-test   prove that the checks refuse what they must refuse
  ci/check_dependencies.py --refresh DIR rewrite ci/advisories.json from a checkout of the RustSec advisory database

Needs Python 3.11 or later and nothing from a package index. See ci/README.md for what the snapshot covers.
"""

import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ADVISORIES = HERE / "advisories.json"
LICENCES = HERE / "licences.toml"
OLD_AFTER_DAYS = 60


# ---- versions -------------------------------------------------------------------------------------------------

VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+\S*)?")
COMPARATOR = re.compile(r"(>=|<=|>|<|=|\^|~)?\s*(\S+)")


def parse_version(text):
    """Returns a key that orders versions as Semantic Versioning 2.0 section 11 does."""
    match = VERSION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a version: {text!r}")
    numbers = tuple(int(part or 0) for part in match.group(1, 2, 3))
    pre = match.group(4)
    if pre is None:
        return numbers, (1,)
    parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split("."))
    return numbers, (0, parts)


def caret_limit(numbers):
    """Returns the first version that `^numbers` excludes."""
    major, minor, patch = numbers
    if major:
        return (major + 1, 0, 0)
    return (0, minor + 1, 0) if minor else (0, 0, patch + 1)


def comparator_holds(version, comparator):
    match = COMPARATOR.fullmatch(comparator.strip())
    if not match:
        raise ValueError(f"not a version range: {comparator!r}")
    sign, text = match.group(1) or "^", match.group(2)
    bound = parse_version(text)
    if sign == "^":
        return bound <= version < (caret_limit(bound[0]), (0, ()))
    if sign == "~":
        return bound <= version < ((bound[0][0], bound[0][1] + 1, 0), (0, ()))
    return {
        ">=": version >= bound,
        "<=": version <= bound,
        ">": version > bound,
        "<": version < bound,
        "=": version == bound,
    }[sign]


def in_range(version, text):
    """Says whether a version is in a range such as `>= 0.9.3, < 0.10.0`: every comparator has to hold."""
    return all(comparator_holds(version, part) for part in text.split(","))


def is_affected(advisory, version_text):
    """RustSec's rule: whatever is neither patched nor unaffected is affected."""
    version = parse_version(version_text)
    safe = advisory.get("patched", []) + advisory.get("unaffected", [])
    return not any(in_range(version, text) for text in safe)


# ---- licences -------------------------------------------------------------------------------------------------


def tokenize(expression):
    # Older packages write `MIT/Apache-2.0` for OR.
    spaced = re.sub(r"([()])", r" \1 ", expression.replace("/", " OR "))
    return spaced.split()


def satisfiable(expression, allowed):
    """Says whether an SPDX expression can be satisfied from `allowed`: OR needs one side, AND needs both."""
    tokens = tokenize(expression)

    def take(expected=None):
        if not tokens or (expected is not None and tokens[0] != expected):
            raise ValueError(f"not a licence expression: {expression!r}")
        return tokens.pop(0)

    def one():
        if tokens and tokens[0] == "(":
            take("(")
            inner = either()
            take(")")
            return inner
        name = take()
        if name in ("AND", "OR", "WITH", ")"):
            raise ValueError(f"not a licence expression: {expression!r}")
        if tokens and tokens[0] == "WITH":
            take("WITH")
            name = f"{name} WITH {take()}"
        return name in allowed

    def both():
        result = one()
        while tokens and tokens[0] == "AND":
            take("AND")
            right = one()
            result = result and right
        return result

    def either():
        result = both()
        while tokens and tokens[0] == "OR":
            take("OR")
            right = both()
            result = result or right
        return result

    answer = either()
    if tokens:
        raise ValueError(f"not a licence expression: {expression!r}")
    return answer


# ---- the check ------------------------------------------------------------------------------------------------


def licence_problem(package, rules):
    expression = package.get("license")
    accepted = [e["licence"] for e in rules.get("exception", []) if e["package"] == package["name"]]
    if not expression:
        return "names no licence"
    try:
        if satisfiable(expression, set(rules["allowed"]) | set(accepted)):
            return None
    except ValueError as error:
        return str(error)
    return f"licence {expression} is not allowed"


def check(packages, rules, advisories):
    """Returns one sentence for each thing that is wrong. A package without a source is the workspace's own."""
    problems = []
    accepted = {entry["id"] for entry in rules.get("accepted_advisory", [])}
    by_package = {}
    for advisory in advisories:
        if advisory["id"] not in accepted:
            by_package.setdefault(advisory["package"], []).append(advisory)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        problem = licence_problem(package, rules)
        if problem:
            problems.append(f"{name}: {problem}")
        if package["source"] is None:
            continue
        if package["source"] not in rules["sources"]:
            problems.append(f"{name}: does not come from crates.io")
        for advisory in by_package.get(package["name"], []):
            if is_affected(advisory, package["version"]):
                fixed = " or ".join(advisory["patched"]) or "no fixed version"
                problems.append(f"{name}: {advisory['id']} ({advisory['kind']}), fixed in {fixed}; {advisory['url']}")
    return problems


def read_packages(root):
    """Reads the packages of the lock file, with the licence that each one's manifest states."""
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--locked", "--format-version", "1"],
            cwd=root, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout
    )
    packages = metadata["packages"]
    known = {(p["name"], p["version"]) for p in packages}
    lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    # `cargo metadata` reads the same lock file; a package that only one of them has is a mistake of this script.
    missing = [p for p in lock["package"] if (p["name"], p["version"]) not in known]
    if missing:
        raise SystemExit(f"Cargo.lock has packages that cargo metadata does not show: {missing[0]['name']}")
    return packages


def run_check():
    rules = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    snapshot = json.loads(ADVISORIES.read_text(encoding="utf-8"))
    packages = read_packages(HERE.parent)
    problems = check(packages, rules, snapshot["advisories"])
    for problem in problems:
        print(f"dependencies: {problem}")
    taken = datetime.date.fromisoformat(snapshot["taken"])
    age = (datetime.date.today() - taken).days
    print(
        f"dependencies: {len(packages)} packages, {len(snapshot['advisories'])} advisories in the snapshot of {taken} "
        f"({snapshot['coverage']}), {len(problems)} problems"
    )
    if age > OLD_AFTER_DAYS:
        # Only a warning: the same commit must not pass today and fail tomorrow.
        print(f"dependencies: the snapshot is {age} days old; refresh it, see ci/README.md")
    return 1 if problems else 0


# ---- refresh --------------------------------------------------------------------------------------------------


def read_advisory(path):
    """Reads the TOML head of one advisory file; returns None for one that was withdrawn."""
    match = re.match(r"```toml\n(.*?)\n```", path.read_text(encoding="utf-8"), re.DOTALL)
    if not match:
        raise SystemExit(f"no TOML head in {path.name}")
    head = tomllib.loads(match.group(1))
    advisory, versions = head["advisory"], head.get("versions", {})
    if "withdrawn" in advisory or advisory.get("informational") == "notice":
        return None
    return {
        "id": advisory["id"],
        "package": advisory["package"],
        "kind": advisory.get("informational", "vulnerability"),
        "patched": versions.get("patched", []),
        "unaffected": versions.get("unaffected", []),
        "url": f"https://rustsec.org/advisories/{advisory['id']}.html",
    }


def refresh(folder):
    files = sorted(pathlib.Path(folder).glob("crates/*/RUSTSEC-*.md"))
    if not files:
        raise SystemExit("that folder is not a checkout of the RustSec advisory database")
    old = json.loads(ADVISORIES.read_text(encoding="utf-8"))
    # Advisories of other sources are kept: RustSec does not have all that its neighbours have.
    kept = [a for a in old["advisories"] if not a["id"].startswith("RUSTSEC-")]
    found = [a for a in map(read_advisory, files) if a]
    write_snapshot(kept + found, "the whole RustSec database")
    print(f"{len(found)} advisories of RustSec, {len(kept)} of other sources")
    return 0


def write_snapshot(advisories, coverage):
    lines = [json.dumps(a, ensure_ascii=False) for a in sorted(advisories, key=lambda a: (a["package"], a["id"]))]
    head = json.dumps({"taken": datetime.date.today().isoformat(), "coverage": coverage}, indent=2)[:-2]
    ADVISORIES.write_text(head + ',\n  "advisories": [\n    ' + ",\n    ".join(lines) + "\n  ]\n}\n", encoding="utf-8")


# ---- self-test ------------------------------------------------------------------------------------------------


def self_test():
    """Plants what must be refused, and what must pass; a check that lets the first through is worth nothing."""
    rules = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    crates_io = rules["sources"][0]
    advisory = {
        "id": "PLANTED-1", "package": "planted", "kind": "vulnerability", "url": "https://example.org/planted",
        "patched": [">= 2.3.10", "< 2.0.0, >= 1.9.3"], "unaffected": ["< 1.2.0"],
    }

    def package(version="3.0.0", licence="MIT", source=crates_io, name="planted"):
        return {"name": name, "version": version, "license": licence, "source": source}

    def problems(**fields):
        return check([package(**fields)], rules, [advisory])

    cases = [
        ("a clean package passes", not problems()),
        ("a planted licence is refused", problems(licence="GPL-3.0-only")),
        ("a planted AND is refused", problems(licence="MIT AND GPL-3.0-only")),
        ("a planted WITH is refused", problems(licence="MIT WITH Made-up-exception")),
        ("a missing licence is refused", problems(licence=None)),
        ("a broken expression is refused", problems(licence="MIT OR")),
        ("an unclosed parenthesis is refused", problems(licence="(MIT OR Apache-2.0")),
        ("an OR with one allowed side passes", not problems(licence="GPL-2.0-only OR MIT")),
        ("a slash is an OR", not problems(licence="GPL-2.0-only / MIT")),
        ("parentheses bind", problems(licence="(MIT OR ISC) AND GPL-2.0-only")),
        ("our own licence is checked too", problems(licence="GPL-3.0-only", source=None)),
        ("a git source is refused", problems(source="git+https://example.org/planted")),
        ("another registry is refused", problems(source="registry+https://example.org/index")),
        ("a planted advisory is found", problems(version="2.3.9")),
        ("the version that fixes it passes", not problems(version="2.3.10")),
        ("its pre-release does not", problems(version="2.3.10-rc.1")),
        ("a fix in an older line passes", not problems(version="1.9.4")),
        ("before that fix does not", problems(version="1.9.2")),
        ("a version older than the fault passes", not problems(version="1.1.9")),
        ("build metadata does not count", not problems(version="2.3.10+libx-1.0")),
        ("the advisory of one package is not another's", not problems(version="2.3.9", name="other")),
        ("no fixed version means every version", is_affected({"patched": []}, "99.0.0")),
        ("numbers order as numbers", parse_version("0.10.0") > parse_version("0.9.9")),
        ("a caret stops at the next breaking version", not in_range(parse_version("3.0.0"), "^ 2.2.1")),
    ]
    snapshot = json.loads(ADVISORIES.read_text(encoding="utf-8"))
    for entry in snapshot["advisories"]:
        cases.append((f"{entry['id']} of the snapshot is readable", isinstance(is_affected(entry, "1.0.0"), bool)))
    failed = [name for name, passed in cases if not passed]
    for name in failed:
        print(f"self-test failed: {name}")
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--refresh", metavar="DIR")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    if arguments.refresh:
        return refresh(arguments.refresh)
    return run_check()


if __name__ == "__main__":
    sys.exit(main())
