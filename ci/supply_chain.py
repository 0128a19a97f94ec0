#!/usr/bin/env python3
"""Says what the program is made of: a bill of materials, the licences of it all, and docs/dependencies.md.

  ci/supply_chain.py --bill FILE      write the bill of materials (CycloneDX 1.5, JSON) of the program
  ci/supply_chain.py --notices FILE   write every licence that has to go with the program, with its text
  ci/supply_chain.py --write          write the tables of docs/dependencies.md anew
  ci/supply_chain.py --check          fail if that page, its reasons or the bill are not right

What is counted is the program `refero` for one target (`--target`, Linux on x86-64 unless it says otherwise): the
packages that are linked into it and those that build it, not the ones of the tests. The same Cargo.lock gives the
same bytes: nothing here asks for the time or for chance. Needs Python 3.11 or later and nothing from a package index.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
REASONS = ROOT / "ci" / "dependencies.toml"
PAGE = ROOT / "docs" / "dependencies.md"
BEGIN, END = "<!-- written by ci/supply_chain.py --write -->", "<!-- to here -->"
PROGRAM = "refero"
# More than so many packages that nothing else needs want a judgement, not only a reason.
HEAVY = 15
NOTICE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense|authors)", re.IGNORECASE)
# Where the licences of the sources in C stand, in the package or here. SQLite is in the public domain.
SOURCES = {
    "aws-lc": "aws-lc/LICENSE",
    "jemalloc": "jemalloc/COPYING",
    "libpq": ROOT / "ci" / "licences" / "libpq.txt",
    "openssl": "openssl/LICENSE.txt",
}

Package = collections.namedtuple("Package", "name version")


def cargo(*arguments):
    return subprocess.run(
        ["cargo", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ).stdout


class Program:
    """The packages of the program and which needs which."""

    def __init__(self, target):
        self.target = target
        metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", target))
        by_id = {p["id"]: p for p in metadata["packages"]}
        self.facts = {Package(p["name"], p["version"]): p for p in metadata["packages"]}
        lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
        self.checksums = {Package(p["name"], p["version"]): p.get("checksum") for p in lock}
        self.in_lock = len(lock)
        # `cargo metadata` mixes in what the tests ask for; `cargo tree` knows what the program is built from.
        used = self.tree("normal,build")
        self.linked = self.tree("normal,no-proc-macro")
        self.needs = {}
        for node in metadata["resolve"]["nodes"]:
            package = self.name(by_id[node["id"]])
            if package in used:
                kinds = [(self.name(by_id[d["pkg"]]), d["dep_kinds"]) for d in node["deps"]]
                self.needs[package] = sorted(
                    {p for p, found in kinds if p in used and any(k["kind"] in (None, "build") for k in found)}
                )
        self.ours = {p for p in self.needs if self.facts[p]["source"] is None}
        self.root = next(p for p in self.ours if p.name == PROGRAM)

    def tree(self, edges):
        text = cargo("tree", "--locked", "--package", PROGRAM, "--edges", edges, "--target", self.target,
                     "--prefix", "none", "--format", "{p}")
        return {Package(words[0], words[1][1:]) for words in map(str.split, text.splitlines()) if len(words) > 1}

    @staticmethod
    def name(facts):
        return Package(facts["name"], facts["version"])

    @property
    def foreign(self):
        return sorted(set(self.needs) - self.ours)

    @property
    def direct(self):
        """What our own manifests ask for."""
        return sorted({p for ours in self.ours for p in self.needs[ours]} - self.ours)

    def reach(self, begin, without=None):
        """Everything that a package needs, itself included; `without` is not taken where we ask for it ourselves."""
        seen, waiting = set(), [begin]
        while waiting:
            package = waiting.pop()
            if package not in seen:
                seen.add(package)
                waiting += [p for p in self.needs[package] if not (package in self.ours and p == without)]
        return seen

    def alone(self, package):
        """How many packages would go if we no longer asked for this one."""
        return len(self.needs) - len(self.reach(self.root, without=package))

    def folder(self, package):
        return pathlib.Path(self.facts[package]["manifest_path"]).parent


# ---- licences -------------------------------------------------------------------------------------------------


def licence(facts):
    """The licence as an SPDX expression; older packages write `MIT/Apache-2.0` for OR."""
    return re.sub(r"\s*/\s*", " OR ", facts["license"] or "NOASSERTION")


def licence_texts(program, package):
    """The files of a package that tell its licence, by name."""
    folder = program.folder(package)
    found = {path for path in folder.iterdir() if path.is_file() and NOTICE.match(path.name)}
    if program.facts[package]["license_file"]:
        found.add(folder / program.facts[package]["license_file"])
    return [(p.name, p.read_text(encoding="utf-8", errors="replace").strip()) for p in sorted(found) if p.is_file()]


def notices(program):
    """Every package with its licence, and each text once, with the packages that it is of."""
    parts = [f"What {PROGRAM} {program.root.version} is made of for {program.target}, and under which licences.\n"]
    texts = {}
    for package in program.foreign:
        own = licence_texts(program, package)
        of = ", ".join(program.facts[package]["authors"]) or program.facts[package]["repository"]
        lack = "" if own else f"; the package brings no text, it is by {of}"
        parts.append(f"{package.name} {package.version}: {licence(program.facts[package])}{lack}")
        for name, text in own:
            texts.setdefault(text, []).append(f"{package.name} {package.version} ({name})")
    for part, owner, version, spdx in bundled(program):
        parts.append(f"{part} {version}: {spdx}")
        if part in SOURCES:
            text = (program.folder(owner) / SOURCES[part]).read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(text, []).append(f"{part} {version}")
    for text, owners in sorted(texts.items(), key=lambda item: item[1]):
        parts.append("\n" + "=" * 100 + "\n" + ", ".join(owners) + "\n" + "-" * 100 + "\n" + text)
    return "\n".join(parts) + "\n"


# ---- the bill -------------------------------------------------------------------------------------------------


def bundled(program):
    """The C sources that packages bring along: what a scanner looks for by another name than the package's."""
    def within(package, file, pattern):
        text = (program.folder(package) / file).read_text(encoding="utf-8", errors="replace")
        return re.search(pattern, text)[1]

    for package in program.foreign:
        match package.name:
            case "libsqlite3-sys":
                version = within(package, "sqlite3/sqlite3.h", r'#define SQLITE_VERSION\s+"([^"]+)"')
                yield "sqlite", package, version, "blessing"
            case "openssl-src":
                yield "openssl", package, package.version.split("+")[1], "Apache-2.0"
            case "pq-src":
                yield "libpq", package, package.version.split("+libpq-")[1], "PostgreSQL"
            case "aws-lc-sys":
                header = "aws-lc/include/openssl/base.h"
                version = within(package, header, r'AWSLC_VERSION_NUMBER_STRING "([^"]+)"')
                yield "aws-lc", package, version, "ISC AND Apache-2.0"
            case "tikv-jemalloc-sys":
                yield "jemalloc", package, package.version.split("+")[1].split("-")[0], "BSD-2-Clause"


def purl(package):
    return f"pkg:cargo/{package.name}@{package.version.replace('+', '%2B')}"


def component(program, package):
    facts = program.facts[package]
    made = {
        "type": "application" if package == program.root else "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "scope": "required" if package in program.linked else "excluded",
        "licenses": [{"expression": licence(facts)}],
        "purl": purl(package),
    }
    if facts["description"]:
        made["description"] = " ".join(facts["description"].split())
    if program.checksums.get(package):
        made["hashes"] = [{"alg": "SHA-256", "content": program.checksums[package]}]
    if facts["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": facts["repository"]}]
    inside = [
        {"type": "library", "bom-ref": f"pkg:generic/{part}@{version}", "name": part, "version": version,
         "licenses": [{"expression": spdx}], "purl": f"pkg:generic/{part}@{version}"}
        for part, owner, version, spdx in bundled(program) if owner == package
    ]
    return made | ({"components": inside} if inside else {})


def bill(program):
    """The bill of materials. Its number is made from what it lists, so that it is the same for the same program."""
    lock = hashlib.sha256((ROOT / "Cargo.lock").read_bytes()).hexdigest()
    others = [p for p in sorted(program.needs) if p != program.root]
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{purl(program.root)}#{program.target}#{lock}')}",
        "version": 1,
        "metadata": {
            "component": component(program, program.root),
            "properties": [
                {"name": "refero:target", "value": program.target},
                {"name": "refero:cargo-lock-sha256", "value": lock},
            ],
        },
        "components": [component(program, package) for package in others],
        "dependencies": [
            {"ref": purl(package), "dependsOn": [purl(needed) for needed in program.needs[package]]}
            for package in sorted(program.needs)
        ],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def bill_problems(text):
    """One sentence for each thing that a reader of CycloneDX 1.5 would stumble over."""
    made, problems = json.loads(text), []
    if (made.get("bomFormat"), made.get("specVersion")) != ("CycloneDX", "1.5"):
        problems.append("it does not say that it is CycloneDX 1.5")
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.get("serialNumber", "")):
        problems.append("its number is not a UUID")
    components = [made["metadata"]["component"], *made["components"]]
    for one in components:
        lacks = [k for k in ("type", "name", "version", "purl", "bom-ref", "licenses") if not one.get(k)]
        problems += [f"{one.get('name')} lacks {key}" for key in lacks]
        if any(entry.get("expression") == "NOASSERTION" for entry in one.get("licenses", [])):
            problems.append(f"{one['name']} names no licence")
        is_ours = one["name"].split("-")[0] == PROGRAM
        sums = [found["content"] for found in one.get("hashes", [])]
        if not is_ours and (len(sums) != 1 or not re.fullmatch("[0-9a-f]{64}", sums[0])):
            problems.append(f"{one['name']} has no checksum")
    refs = [one["bom-ref"] for one in components]
    if len(refs) != len(set(refs)):
        problems.append("two components have one reference")
    told = [d["ref"] for d in made["dependencies"]] + [n for d in made["dependencies"] for n in d["dependsOn"]]
    problems += [f"{ref} is needed and not listed" for ref in sorted(set(told) - set(refs))]
    return problems


def planted(text):
    """Says which faults, planted into a bill, are not found: a check that lets them through is worth nothing."""
    def spoiled(spoil):
        made = json.loads(text)
        spoil(made)
        return json.dumps(made)

    faults = {
        "another version": lambda made: made.update(specVersion="1.4"),
        "no number": lambda made: made.pop("serialNumber"),
        "no licence": lambda made: made["components"][0].pop("licenses"),
        "an unknown licence": lambda made: made["components"][0].update(licenses=[{"expression": "NOASSERTION"}]),
        "no checksum": lambda made: made["components"][0].pop("hashes"),
        "a component twice": lambda made: made["components"].append(made["components"][0]),
        "a component left out": lambda made: made["components"].pop(),
    }
    return [f"the check does not find {name}" for name, spoil in faults.items() if not bill_problems(spoiled(spoil))]


# ---- the page -------------------------------------------------------------------------------------------------


def reason_problems(program, reasons):
    """Who asks for a package says why; who brings many says whether they are worth it."""
    asked = {p.name for p in program.direct}
    problems = [f"{name} has no reason in ci/dependencies.toml" for name in sorted(asked - set(reasons))]
    problems += [f"ci/dependencies.toml tells of {name}, which is not asked for" for name in sorted(set(reasons) - asked)]
    for package in program.direct:
        if program.alone(package) > HEAVY and "judgement" not in reasons.get(package.name, {}):
            problems.append(f"{package.name} alone brings {program.alone(package)} packages and has no judgement")
    return problems


def tables(program, reasons):
    built_with = set(program.foreign) - program.linked
    names = collections.Counter(p.name for p in program.foreign)
    twice = sorted(name for name, count in names.items() if count > 1)
    lines = [
        f"For `{program.target}`: **{len(program.direct)}** packages that our own manifests ask for, "
        f"**{len(program.foreign)}** in all. Of these {len(program.foreign) - len(built_with)} are linked into the "
        f"program; {len(built_with)} only build it (macros and build scripts). `Cargo.lock` has {program.in_lock}, with "
        "our own, those of the tests and those of other systems.",
        "",
        f"In more than one version: {', '.join(f'`{name}`' for name in twice)}.",
        "",
        "Sources in C that are built in: "
        + ", ".join(f"{part} {version} (`{owner.name}`)" for part, owner, version, _ in bundled(program)) + ".",
        "",
        "| package | version | brings alone | needs in all | licence | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for package in sorted(program.direct, key=lambda p: (-program.alone(p), p)):
        why = reasons.get(package.name, {}).get("why", "")
        lines.append(
            f"| `{package.name}` | {package.version.split('+')[0]} | {program.alone(package)} | "
            f"{len(program.reach(package))} | {licence(program.facts[package])} | {why} |"
        )
    heavy = [(name, entry["judgement"]) for name, entry in sorted(reasons.items()) if "judgement" in entry]
    for name, judgement in heavy:
        lines += ["", f"**`{name}`**. {' '.join(judgement.split())}"]
    return "\n".join(lines)


def page(program, reasons):
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n\n{tables(program, reasons)}\n\n{END}{rest.split(END)[1]}"


def check(program, reasons):
    text = bill(program)
    problems = reason_problems(program, reasons) + bill_problems(text) + planted(text)
    if page(program, reasons) != PAGE.read_text(encoding="utf-8"):
        problems.append("docs/dependencies.md is not what Cargo.lock says: run ci/supply_chain.py --write")
    for problem in problems:
        print(f"supply chain: {problem}")
    print(f"supply chain: {len(program.direct)} direct, {len(program.foreign)} in all, {len(problems)} problems")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bill", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--notices", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--target", default="x86_64-unknown-linux-gnu")
    asked = parser.parse_args()
    program = Program(asked.target)
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    if asked.bill:
        asked.bill.write_text(bill(program), encoding="utf-8")
    if asked.notices:
        asked.notices.write_text(notices(program), encoding="utf-8")
    if asked.write:
        PAGE.write_text(page(program, reasons), encoding="utf-8")
    return check(program, reasons) if asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
