"""Serves a model for as long as somebody wants it: `python serve_model.py CONFIG.json`. Python 3.8 or newer, nothing but its own library.

Reads one JSON file:

- `command`         program and arguments of a server with an OpenAI-compatible API; `{port}` in them becomes a free port;
- `model`           the name that it answers to, for `endpointFile`;
- `host`            address that the server listens on;
- `healthPaths`     paths that answer 200 once the model is loaded; the first that the server knows decides;
- `leaseFile`       while its content changes at least every `leaseMs`, the server is kept;
- `startTimeoutMs`  longest time from its start to its first answer;
- `endpointFile`    gets {url, model, pid} when the server answers, and is gone when it does no more.

Nothing is left behind, whatever happens: the server runs in a process group of its own under a guard that ends the whole group when this process is
gone, the server is ended by the kernel (Linux) when the guard is, and when nobody renews the lease all of it ends by itself.

Exit codes: 0 told to end, or the lease ran out; 1 the server did not answer in time, or ended without an error; 2 the configuration; else the server's.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import random
import signal
import socket
import sys
import threading
import time

FIRST_PORT, LAST_PORT = 20_000, 31_999  # below those that systems hand out for outgoing connections
PORT_TRIES = 500
STARTS = 3
TICK_SECONDS = 0.2
GRACE_SECONDS = 5.0  # a server has nothing to save; less than what launchers grant before they kill
PROBE_SECONDS = 5.0
PR_SET_PDEATHSIG = 1
EVERY_ADDRESS = ("0.0.0.0", "::")


class Told:
    """Whether somebody asked this process to end."""

    def __init__(self) -> None:
        self.to_end = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.to_end.set())


class Lease:
    """Renewed by every change of a file's content. Times are those of this process: clocks of other machines don't matter."""

    def __init__(self, path: str, lease_seconds: float) -> None:
        self.path = path
        self.lease_seconds = lease_seconds
        self.interval = min(5.0, lease_seconds / 20)
        self.content: bytes | None = None
        self.renewed_at = self.read_at = time.monotonic()

    def is_over(self) -> bool:
        now = time.monotonic()
        if now - self.read_at >= self.interval:
            self.read_at = now
            content = self.read()
            if content is not None and content != self.content:
                self.content, self.renewed_at = content, now
        return now - self.renewed_at > self.lease_seconds

    def read(self) -> bytes | None:
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except OSError:
            return None


class Server:
    """The server's process group: a guard as its leader, and the server with all that it starts."""

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        self.exit_code: int | None = None
        libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
        arguments = [part.replace("{port}", str(port)) for part in command]
        reading, writing = os.pipe()
        me = os.getpid()
        self.group = os.fork()
        if self.group == 0:
            try:
                os.close(reading)
                guard(arguments, me, libc, writing)
            finally:
                os._exit(1)  # this copy of the process must never go on as if it were the first
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            self.pid = int(pipe.read() or 0)

    def has_ended(self) -> bool:
        if self.exit_code is None:
            ended, status = os.waitpid(self.group, os.WNOHANG)
            if ended != 0:
                self.exit_code = exit_code_of(status)
                self.signal(signal.SIGKILL)  # what it has left behind
        return self.exit_code is not None

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.group, number)
        except (ProcessLookupError, PermissionError):
            pass  # nobody is left; macOS says so in the second way

    def end(self) -> None:
        self.signal(signal.SIGTERM)
        patience = time.monotonic() + GRACE_SECONDS
        while not self.has_ended() and time.monotonic() < patience:
            time.sleep(TICK_SECONDS / 4)
        while not self.has_ended():
            self.signal(signal.SIGKILL)
            time.sleep(TICK_SECONDS / 4)


def guard(command: list[str], parent: int, libc, writing: int) -> None:
    """Runs the server, and ends its whole group when the parent is gone. Never returns."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    me = os.getpid()
    server = os.fork()
    if server == 0:
        os.close(writing)
        become(command, me, libc)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they go to the whole group, and are for the server
    os.write(writing, str(server).encode())
    os.close(writing)
    while True:
        ended, status = os.waitpid(server, os.WNOHANG)
        if ended != 0:
            os._exit(exit_code_of(status))
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
        time.sleep(TICK_SECONDS)


def become(command: list[str], parent: int, libc) -> None:
    """Turns this process into the server. Never returns."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"serve_model: {command[0]} can't be started: {error.strerror}\n".encode())
        os._exit(127)


def exit_code_of(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    for _ in range(PORT_TRIES):
        port = random.SystemRandom().randint(FIRST_PORT, LAST_PORT)
        if is_free(host, port):
            return port
    sys.exit(f"serve_model: no free port between {FIRST_PORT} and {LAST_PORT} on {host}")


def status_of(host: str, port: int, path: str) -> int | None:
    """Asked without a proxy, whatever the environment says."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(own, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_ready(host: str, port: int, paths: list[str]) -> bool:
    for path in paths:
        status = status_of(host, port, path)
        if status != 404:
            return status == 200
    return False


def reachable_name(host: str) -> str:
    """The address by which other machines find this one, when the server listens on every address."""
    if host not in EVERY_ADDRESS:
        return f"[{host}]" if ":" in host else host
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
        return name if address.startswith("127.") else address
    except OSError:
        return name


def write_file(path: str, value: dict) -> None:
    """Whole or not at all."""
    partial = f"{path}.{os.getpid()}.partial"
    with open(partial, "w", encoding="utf8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def say(text: str) -> None:
    print(f"serve_model: {text}", file=sys.stderr, flush=True)


def wait_until_ready(config: dict, server: Server, lease: Lease, told: Told) -> str:
    """"ready", or what came before: "ended", "late", "told", "lease"."""
    patience = time.monotonic() + config["startTimeoutMs"] / 1000
    while True:
        if server.has_ended():
            return "ended"
        if told.to_end.is_set():
            return "told"
        if lease.is_over():
            return "lease"
        if is_ready(config["host"], server.port, config["healthPaths"]):
            return "ready"
        if time.monotonic() > patience:
            return "late"
        told.to_end.wait(TICK_SECONDS)


def wait_for_end(server: Server, lease: Lease, told: Told) -> str:
    while True:
        if server.has_ended():
            return "ended"
        if told.to_end.is_set():
            return "told"
        if lease.is_over():
            return "lease"
        told.to_end.wait(TICK_SECONDS)


def start(config: dict, lease: Lease, told: Told) -> tuple[Server, str]:
    """A server and what became of its start. One that found its port taken by another in the meantime is started again."""
    for attempt in range(STARTS):
        server = Server(config["command"], free_port(config["host"]))
        say(f"process {server.pid} is to serve {config['model']} on port {server.port}")
        state = wait_until_ready(config, server, lease, told)
        if state != "ended" or is_free(config["host"], server.port) or attempt == STARTS - 1:
            break
    return server, state


def serve(config: dict) -> int:
    told = Told()
    lease = Lease(config["leaseFile"], config["leaseMs"] / 1000)
    server, state = start(config, lease, told)
    try:
        if state == "ready":
            url = f"http://{reachable_name(config['host'])}:{server.port}/v1"
            write_file(config["endpointFile"], {"url": url, "model": config["model"], "pid": server.pid})
            say(f"{url} answers")
            state = wait_for_end(server, lease, told)
    finally:
        try:
            os.unlink(config["endpointFile"])
        except FileNotFoundError:
            pass
        server.end()
    return conclude(state, config, server)


def conclude(state: str, config: dict, server: Server) -> int:
    if state == "late":
        say(f"the server did not answer {' or '.join(config['healthPaths'])} within {config['startTimeoutMs'] / 1000:g} s")
        return 1
    if state == "ended":
        say(f"the server ended with exit code {server.exit_code}")
        return server.exit_code or 1
    say("told to end" if state == "told" else f"nobody renewed the lease for {config['leaseMs'] / 1000:g} s")
    return 0


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: serve_model.py CONFIG.json", file=sys.stderr)
        return 2
    try:
        with open(sys.argv[1], encoding="utf8") as file:
            config = json.load(file)
    except (OSError, ValueError) as error:
        say(f"{sys.argv[1]} can't be read: {error}")
        return 2
    return serve(config)


if __name__ == "__main__":
    sys.exit(main())
