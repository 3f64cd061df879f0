"""A real mail server on this machine, as small as the protocol allows: it takes letters and keeps them."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_string
from email.message import Message


class Conversation(socketserver.StreamRequestHandler):
    """One client: enough of RFC 5321 for a letter, and nothing where the server is told to be busy."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()
            if word.startswith(("EHLO", "HELO")):
                self.say("250 here")
            elif word.startswith("RCPT") and self.server.refuses:
                self.say("550 nobody here")
            elif word == "DATA":
                self.say("354 go on")
                self.server.letters.append(message_from_string(self.letter()))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def letter(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        return "".join(lines).replace("\r\n", "\n")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it took; closed by `with`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.letters: list[Message] = []
        self.refuses = False
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self._thread.join()
