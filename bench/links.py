#!/usr/bin/env python3
"""What a provenance answer takes among many links, beside the same question put to SQLite.

    bench/links.py URL TOKEN [LINKS [QUESTIONS]]

Puts messages that link one another into an agent, as runs do that read what earlier runs made: so many projects of a
thousand steps, each of which names a tool, its settings and what six steps before it in its project made. The same links
go into a database on the same disk, with an index each way. Then each question is asked of one and of the other in turn,
and the answers are compared. checks/long/links.sh starts an agent for it; how to read the table: bench/README.md.
"""

import base64
import hashlib
import http.client
import json
import random
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

STEPS = 1000  # of a project
BEFORE = 6  # steps that a step names
NEAR = 50  # how far back they are
TOOLS = 20
SETTINGS = 1000
PER_STEP = BEFORE + 2  # the first steps of a project have fewer to name


def digest(content):
    return bytes.fromhex("01551220") + hashlib.sha256(content).digest()


def text(cid):
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def message(links):
    """grid([42(link), 42(link), ...]), as docs/protocols/grid.md has it; of fewer than 24 links."""
    return b"\xda\x67\x72\x69\x64" + bytes([0x80 | len(links)]) + b"".join(b"\xd8\x2a\x58\x25\x00" + link for link in links)


class Agent:
    """One connection that stays open."""

    def __init__(self, url, token):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=300)
        self.headers = {"Authorization": "Bearer " + token}

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status not in (200, 201):
            sys.exit(f"{method} {path}: {response.status} {answer.decode(errors='replace')[:500]}")
        return answer

    def put(self, content):
        self.ask("POST", "/content", content)
        return digest(content)


def project(url, token, number, tools, settings):
    """Puts the steps of a project, each after those that it names; returns what links to what."""
    chance = random.Random(number)
    agent = Agent(url, token)
    made = []
    edges = []
    for step in range(STEPS):
        nearest = made[-NEAR:]
        # What it begins with is its own: else the first steps of two projects could be one.
        named = chance.sample(nearest, min(BEFORE, len(nearest))) or [agent.put(b"source %d" % number)]
        links = [chance.choice(tools), chance.choice(settings), *named]
        cid = agent.put(message(links))
        made.append(cid)
        edges += [(cid, link) for link in links]
    return made, edges


class Rival:
    """SQLite with the same links."""

    def __init__(self, path, edges):
        self.db = sqlite3.connect(path)
        cids = sorted({cid for edge in edges for cid in edge})
        ids = {cid: number for number, cid in enumerate(cids)}
        self.db.executescript(
            """CREATE TABLE nodes (id INTEGER PRIMARY KEY, cid TEXT UNIQUE);
            CREATE TABLE links (source INTEGER, target INTEGER, PRIMARY KEY (source, target)) WITHOUT ROWID;
            CREATE INDEX backlinks ON links (target, source);
            CREATE TEMP TABLE found (id INTEGER PRIMARY KEY);"""
        )
        self.db.executemany("INSERT INTO nodes VALUES (?, ?)", ((number, text(cid)) for cid, number in ids.items()))
        self.db.executemany("INSERT INTO links VALUES (?, ?)", ((ids[source], ids[target]) for source, target in edges))
        self.db.commit()
        self.db.execute("ANALYZE")

    def ask(self, cid, direction, depth, most):
        """Returns nodes and edges between them."""
        near, far = ("source", "target") if direction == "down" else ("target", "source")
        self.db.execute("DELETE FROM found")
        start = "SELECT id FROM nodes WHERE cid = ?"
        if depth:
            self.db.execute(
                f"""INSERT INTO found WITH RECURSIVE reach (id, depth) AS (SELECT id, 0 FROM ({start}) UNION
                SELECT {far}, depth + 1 FROM reach JOIN links ON {near} = id WHERE depth < ?)
                SELECT DISTINCT id FROM reach LIMIT ?""",
                (cid, depth, most),
            )
        else:
            self.db.execute(
                f"""INSERT INTO found WITH RECURSIVE reach (id) AS ({start} UNION
                SELECT {far} FROM reach JOIN links ON {near} = id LIMIT ?) SELECT id FROM reach""",
                (cid, most),
            )
        nodes = self.db.execute("SELECT cid FROM found JOIN nodes USING (id)").fetchall()
        edges = self.db.execute(
            """SELECT a.cid, b.cid FROM found JOIN links ON source = found.id JOIN nodes a ON a.id = source
            JOIN nodes b ON b.id = target WHERE target IN (SELECT id FROM found)"""
        ).fetchall()
        return nodes, edges


def percentile(times, part):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


def compare(agent, rival, links, what, starts, direction, depth, most):
    """Asks both; returns whether the answers were the same, and prints a row."""
    ours, theirs, sizes, same = [], [], [], True
    path = f"/content/%s/graph?direction={direction}&depth={depth or 64}&limit={most}"
    for number, start in enumerate(starts):
        began = time.perf_counter()
        answer = agent.ask("GET", path % start)
        between = time.perf_counter()
        rows = rival.ask(start, direction, depth, most)
        ended = time.perf_counter()
        answer = json.loads(answer)
        nodes = {node["cid"]["/"] for node in answer["nodes"]}
        edges = {(a["/"], b["/"]) for a, b in answer["edges"]}
        if depth or not answer["more"]:
            same &= nodes == {cid for cid, in rows[0]} and edges == set(rows[1])
        else:  # either leaves out what it likes of the farthest; but nothing is made up
            same &= answer["more"] and edges <= links and nodes == {start} | {cid for edge in edges for cid in edge}
        if number >= len(starts) // 4:  # those before only warm either
            ours.append(between - began)
            theirs.append(ended - between)
            sizes.append((len(nodes), len(rows[0])))
    figures = [percentile(times, part) for times in (ours, theirs) for part in (0.5, 0.99)]
    print(
        f"| {what} | {' / '.join(map(str, sorted(sizes)[len(sizes) // 2]))} | {figures[0]:.1f} / {figures[1]:.1f}"
        f" | {figures[2]:.1f} / {figures[3]:.1f} | {figures[0] / figures[2]:.2f} | {'yes' if figures[1] < 50 else 'no'} |",
        flush=True,
    )
    return same


def main(url, token, count=1_000_000, questions=200):
    agent = Agent(url, token)
    tools = [agent.put(b"tool %d" % number) for number in range(TOOLS)]
    settings = [agent.put(b"settings %d" % number) for number in range(SETTINGS)]
    projects = -(-int(count) // (STEPS * PER_STEP - sum(range(1, BEFORE + 1)) + 1))
    began = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        parts = list(pool.map(lambda number: project(url, token, number, tools, settings), range(projects)))
    took = time.perf_counter() - began
    edges = [edge for _, part in parts for edge in part]
    links = {(text(source), text(target)) for source, target in edges}
    print(f"{len(links)} links, of {projects * STEPS} messages, put in {took:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        rival = Rival(folder + "/links.db", edges)
        print(f"SQLite {sqlite3.sqlite_version} took them in {time.perf_counter() - began:.0f} s")
        print("| question | nodes: ours / SQLite's | ours: p50 / p99, ms | SQLite: p50 / p99, ms | ratio of p50 | p99 < 50 ms |")
        print("|---|---|---|---|---|---|")
        agent = Agent(url, token)  # the agent has closed the one before, which was idle
        chance = random.Random(1)
        middle = [text(chance.choice(parts)[0][chance.randrange(STEPS // 4, 3 * STEPS // 4)]) for _ in range(int(questions))]
        same = [
            compare(agent, rival, links, "what it was made of, 3 steps back", middle, "down", 3, 10_000),
            compare(agent, rival, links, "what came of it, 3 steps on", middle, "up", 3, 10_000),
            compare(agent, rival, links, "the nearest thousand it was made of", middle, "down", 0, 1000),
            compare(agent, rival, links, "the nearest thousand that came of it", middle, "up", 0, 1000),
            compare(agent, rival, links, "a thousand uses of a tool", [text(chance.choice(tools)) for _ in middle], "up", 0, 1000),
        ]
    if not all(same):
        sys.exit("the answers differ")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
