"""The bot's processes, which are killed and started again."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("pushmark-bot")


@dataclass
class Process:
    """`serve` or `worker`, started in the school's folder; what it says goes to a file there."""

    name: str
    command: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and return at once."""
        with (self.folder / f"{self.name}.log").open("ab") as said:
            self.process = subprocess.Popen(
                [PROGRAM, self.command],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def has_begun(self) -> bool:
        """Whether it said that it works."""
        log = self.folder / f"{self.name}.log"
        return log.exists() and bool(log.read_text().strip())

    def processor_seconds(self) -> float:
        """The processor time that it used so far, without that of its children."""
        if self.process is None:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ended_by_itself(self) -> bool:
        """Whether it runs no more, though nobody killed it; it is started again then."""
        if self.process is None or self.process.poll() is None:
            return False
        self.start()
        return True

    def end(self, seconds: float = 60) -> bool:
        """Ask it to end; whether it did so in order."""
        if self.process is None:
            return True
        self.process.terminate()
        try:
            return self.process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False
