"""What a foreign web page, a foreign name and a flood of connections can do to a live run: nothing."""

import functools
import http.server
import resource
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from conftest import PATIENCE_S, Page, wait_for

REBOUND = "127.evil.example"

#: Everything that a page may send to an address that is not its own. Each attempt would set a mark named after it.
ATTACK = """
async (port) => {
  const target = `127.0.0.1:${port}`;
  const frame = (label) => {
    const text = new TextEncoder().encode(JSON.stringify({ command: "mark", label }));
    return new Uint8Array([0x81, 0x80 | text.length, 0, 0, 0, 0, ...text]);
  };
  const upgrade = new TextEncoder().encode(
    `GET /live HTTP/1.1\\r\\nHost: ${target}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n` +
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n");
  const results = {};
  // Blanks in front, so that the request comes behind whatever a server reads of a body in one piece.
  for (const megabytes of [0, 2, 3]) {
    const blanks = new Uint8Array(megabytes * 1048576).fill(0x20);
    const body = new Blob([blanks, upgrade, frame(`smuggled ${megabytes}`)], { type: "text/plain" });
    for (let round = 0; round < 5; round += 1) {
      await fetch(`http://${target}/`, { method: "POST", mode: "no-cors", body }).catch(() => {});
    }
  }
  const read = (url) => fetch(url).then((answer) => answer.text()).catch(() => "refused");
  results.fetched = await read(`http://${target}/`);
  results.socket = await new Promise((resolve) => {
    const socket = new WebSocket(`ws://${target}/live`);
    socket.onopen = () => { socket.send('{"command":"mark","label":"socket"}'); resolve("open"); };
    socket.onerror = () => resolve("refused");
  });
  results.script = await new Promise((resolve) => {
    const script = document.createElement("script");
    [script.src, script.onload, script.onerror] =
      [`http://${target}/main.js`, () => resolve("loaded"), () => resolve("refused")];
    document.head.append(script);
  });
  return results;
}
"""


@pytest.fixture
def foreign_site(tmp_path):
    """The address of a web page of somebody else's."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<!doctype html><title>Foreign</title>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "site")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def records(process):
    """The folder in which the operating system tells of a process."""
    return Path(f"/proc/{process.pid}")


def codes(rig):
    return [message["code"] for message in rig.messages("status")]


def test_a_foreign_page_can_do_nothing(rig, chromium, foreign_site):
    rig.detect()
    wait_for(lambda: rig.messages("hb"), "the subscriber gets what is published")
    foreign = Page(chromium, foreign_site)
    results = foreign.tab.evaluate(ATTACK, rig.page_port)
    assert results == {"fetched": "refused", "socket": "refused", "script": "refused"}
    foreign.close()
    # The page itself can: its mark comes after everything that the foreign one may have set.
    page = Page(chromium, rig.address)
    wait_for(lambda: not page.text("#state").startswith("CONNECT"), "the page is connected")
    page.tab.evaluate("""() => {
        const socket = new WebSocket(`ws://${location.host}/live`);
        socket.onopen = () => socket.send('{"command":"mark","label":"own"}');
    }""")
    wait_for(lambda: rig.messages("mark"), "a mark is published")
    assert [message["label"] for message in rig.messages("mark")] == ["own"]
    wait_for(lambda: "page_refused" in codes(rig), "the attempt is announced")
    page.close()


def test_a_name_that_is_turned_to_this_computer_shows_nothing(rig):
    rig.detect()
    rules = f"MAP {REBOUND} 127.0.0.1"
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"]

    def visit():
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=arguments)
            tab = browser.new_page()
            answer = tab.goto(f"http://{REBOUND}:{rig.page_port}/")
            found.extend([answer.status, tab.inner_text("body")])
            browser.close()

    # On a thread of its own: the browser that the other tests share has this one.
    found = []
    visitor = threading.Thread(target=visit)
    visitor.start()
    visitor.join(PATIENCE_S)
    assert found[0] == 403
    assert f"127.0.0.1:{rig.page_port}" in found[1]


def test_running_out_of_files_is_announced_and_passes(rig):
    detector = rig.detect()
    wait_for(lambda: rig.messages("hb"), "the subscriber gets what is published")
    _, hard = resource.prlimit(detector.pid, resource.RLIMIT_NOFILE)
    files = len(list((records(detector) / "fd").iterdir()))
    resource.prlimit(detector.pid, resource.RLIMIT_NOFILE, (files + 2, hard))
    clients = [socket.create_connection(("127.0.0.1", rig.page_port)) for _ in range(6)]
    wait_for(lambda: "page_failed" in codes(rig), "the failure is announced")
    resource.prlimit(detector.pid, resource.RLIMIT_NOFILE, (hard, hard))
    for client in clients:
        client.close()
    wait_for(lambda: "page_recovered" in codes(rig), "the recovery is announced")
    with socket.create_connection(("127.0.0.1", rig.page_port)) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{rig.page_port}\r\n\r\n".encode())
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    assert rig.stop(detector) == 0


def attack(port, until):
    """Endless heads, huge frames and connections that say nothing, from one client after the other."""
    junk = b"x" * 1022 + b"\r\n"
    huge = b"\x81\xff" + (1_500_000_000).to_bytes(8, "big") + b"mask"
    upgrade = (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    silent = []
    while not until.is_set():
        for start, piece in [(b"GET / HTTP/1.1\r\n", junk), (upgrade + huge, b" " * 65536), (b"", b"")]:
            client = socket.create_connection(("127.0.0.1", port))
            try:
                client.sendall(start)
                for _ in range(2000 if piece else 0):
                    client.sendall(piece)
            except OSError:
                pass
            silent = silent[-100:] + [client]
            time.sleep(0.002)


def test_a_flood_takes_no_memory_and_stops_no_viewer(rig, chromium, recording):
    detector = rig.detect()
    page = Page(chromium, rig.address)
    rig.play(recording, "--speed", "0.5")
    wait_for(lambda: page.number("shownFrame"), "a picture")

    def megabytes():
        status = (records(detector) / "status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1000

    wait_for(lambda: rig.final_events(), "an event")
    until = threading.Event()
    attackers = [threading.Thread(target=attack, args=(rig.page_port, until), daemon=True) for _ in range(2)]
    before = megabytes()
    for attacker in attackers:
        attacker.start()
    largest = before
    for _ in range(50):
        time.sleep(0.1)
        largest = max(largest, megabytes())
    picture = page.picture("#image")
    wait_for(lambda: page.picture("#image") != picture, "the next picture, in the middle of it")
    until.set()
    for attacker in attackers:
        attacker.join(PATIENCE_S)
    assert largest - before < 100, f"{before} MB became {largest} MB"
    page.close()
    assert rig.stop(detector) == 0


def test_the_token_is_in_no_hash(rig, recording):
    def hash_with(token):
        rig.published.clear()
        rig.detect("--page-token", token)
        player = rig.play(recording)
        started = wait_for(lambda: rig.messages("series.start"), "a series")[0]
        rig.stop(player)
        assert rig.stop(rig.detector) == 0
        rig.messages()
        return started["config_sha256"]

    assert hash_with("s0me8letters") == hash_with("0thersecret")


def test_the_page_behind_a_proxy_with_tls(rig, chromium, proxy):
    """The recipe of the documentation: TLS and a public name outside, the token inside."""
    port = proxy(rig.page_port)
    origin = f"https://localhost:{port}"
    rig.detect("--page-origin", origin, "--page-token", "s0me8letters")
    context = chromium.new_context(ignore_https_errors=True)
    tab = context.new_page()
    assert tab.goto(f"{origin}/").status == 403
    assert tab.goto(f"{origin}/?token=s0me8letters").status == 200
    wait_for(lambda: not tab.inner_text("#state").startswith("CONNECT"), "the page is connected through the proxy")
    context.close()
