"""Starts examples/http_service with a database of its own and talks to it: with Python's client, and
with bytes that no client sends."""

import collections
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tally import Cases, Failure  # noqa: E402

TIME_LIMIT = 20


def expect(what: object, wanted: object) -> None:
    if what != wanted:
        raise Failure(f"{what!r} in place of {wanted!r}")


class Client:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIME_LIMIT)

    def ask(self, method: str, target: str, body: str | None = None) -> tuple[int, object]:
        self.connection.request(method, target, body)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        is_json = answer.getheader("Content-Type") == "application/json"
        return answer.status, json.loads(text) if is_json else text

    def transfer(self, source: int, target: int, amount: int) -> int:
        body = json.dumps({"from": source, "to": target, "amount": amount})
        return self.ask("POST", "/transfer", body)[0]


def raw(port: int, sent: bytes) -> bytes:
    """What comes back until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", port), TIME_LIMIT) as client:
        client.sendall(sent)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        return answer


def users(port: int) -> None:
    client = Client(port)
    expect(client.ask("GET", "/users/7"), (200, {"id": 7, "name": "user 7", "balance": 1000}))
    expect(client.ask("GET", "/users/0")[0], 404)
    expect(client.ask("GET", "/users/x")[0], 400)
    status, listed = client.ask("GET", "/users?limit=3")
    expect((status, [each["id"] for each in listed]), (200, [1, 2, 3]))
    expect(len(client.ask("GET", "/users")[1]), 100)
    for wrong in ["0", "-1", "1001", "x", "", "99999999999999999999"]:
        expect(client.ask("GET", "/users?limit=" + wrong)[0], 400)
    expect(client.ask("GET", "/nothing")[0], 404)
    expect(client.ask("POST", "/users/7", "{}")[0], 405)
    expect(client.ask("GET", "/transfer")[0], 405)
    status, text = client.ask("GET", "/metrics")
    expect((status, bool(re.search(r'^\w+{pool="users"[^}]*} \d', text, re.MULTILINE))), (200, True))


def transfers(port: int) -> None:
    client = Client(port)
    expect(client.transfer(1, 2, 300), 200)
    expect(client.ask("GET", "/users/1")[1]["balance"], 700)
    expect(client.ask("GET", "/users/2")[1]["balance"], 1300)
    expect(client.transfer(1, 2, 701), 409)
    expect(client.transfer(1, 5000, 1), 404)
    expect(client.transfer(1, 1, 1), 400)
    expect(client.transfer(1, 2, -1), 400)
    for wrong in ["", "{}", '{"from": 1, "to": 2, "amount": 5', '{"from": 1, "to": 2, "amount": 5}}',
                  '{"from": "1", "to": 2, "amount": 5}', "[1, 2, 5]"]:
        expect(client.ask("POST", "/transfer", wrong)[0], 400)
    expect(client.ask("GET", "/users/1")[1]["balance"], 700)


def many_clients(port: int) -> None:
    """Money goes in circles, head-on too, and none is lost."""
    statuses: list[int] = []

    def teller(number: int) -> None:
        client = Client(port)
        for i in range(30):
            there, back = 10 + number % 2, 11 - number % 2
            statuses.append(client.transfer(there, back, 1 + i % 3))

    threads = [threading.Thread(target=teller, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    expect(collections.Counter(statuses), {200: 240})
    listed = Client(port).ask("GET", "/users?limit=1000")[1]
    expect((len(listed), sum(each["balance"] for each in listed)), (1000, 1_000_000))


def odd_requests(port: int) -> None:
    host = b"Host: x\r\n"
    for sent, status in [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /users/1\r\n\r\n", 400),
        (b"GET  HTTP/1.1\r\n" + host + b"\r\n", 400),
        (b"GET users HTTP/1.1\r\n" + host + b"\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + host + b"\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + host + b"A : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + host + b" folded\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\n" + host + b"\r\n", 400),
        (b"POST /transfer HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST /transfer HTTP/1.1\r\n" + host + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /transfer HTTP/1.1\r\n" + host + b"Content-Length: 99999999\r\n\r\n", 413),
        (b"POST /transfer HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n", 501),
        (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n", 431),
        (b"GET /users/1 HTTP/1.0\r\n\r\n", 200),
    ]:
        answer = raw(port, sent)
        expect(answer[:12], b"HTTP/1.1 " + str(status).encode())
        expect(answer.count(b"HTTP/1.1 "), 1)
    pipelined = raw(port, b"GET /users/3 HTTP/1.1\r\nHost: x\r\n\r\n"
                          b"GET /users/4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    expect(re.findall(rb'"id": (\d+)', pipelined), [b"3", b"4"])
    with socket.create_connection(("127.0.0.1", port), TIME_LIMIT) as client:
        client.sendall(b"POST /transfer HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                       b"Content-Length: 2\r\n\r\n")
        expect(client.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"{}")
        expect(client.recv(12), b"HTTP/1.1 400")
    # A client that goes in the middle of a request takes nobody with it.
    with socket.create_connection(("127.0.0.1", port), TIME_LIMIT) as client:
        client.sendall(b"POST /transfer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    expect(Client(port).ask("GET", "/users/7")[0], 200)


def main() -> None:
    cases = Cases()
    with_server, program = sys.argv[1:3]
    service = subprocess.Popen([with_server, program, "0"], stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        port = int(service.stdout.readline().rsplit(":", 1)[1])
        for name, case in [("users", users), ("transfers", transfers),
                           ("many clients", many_clients), ("odd requests", odd_requests)]:
            cases.run(f"http_service: {name}", lambda case=case: case(port))
    finally:
        kept_alive = Client(port)
        kept_alive.ask("GET", "/metrics")
        os.killpg(service.pid, signal.SIGINT)
        status = service.wait(TIME_LIMIT)
    cases.run("http_service ends in an orderly way, clients or not", lambda: expect(status, 0))
    cases.finish()


main()
