import os
import sys

COMMANDS = [
    "::notice title=Autograding complete::Points 100/100",
    "::error file=lab.toml,line=1::graded 100",
    "::set-output name=score::100",
    "::add-mask::0",
    "::stop-commands::pm-attack",
    "::group::hidden",
    "::save-state name=x::y",
    "::add-path::/tmp",
    "::set-env name=PATH::/tmp",
    "::add-matcher::/tmp/matcher.json",
    "::debug::x",
    "x ##[group]in the middle of a line",
    "##[error]x",
    "##[command]rm",
    "##vso[task.setvariable variable=score]100",
    "%0A::error::after a coded line break",
    "\r::error::after a carriage return",
    "\v::error::after a vertical tab",
    "\u2028::error::after a line separator",
    "\x1b[0m::error::after an escape",
    "section_start:0:x\r\x1b[0K::error::y",
]
TEXT = "\n".join(COMMANDS)


def say():
    print(TEXT, flush=True)
    print(TEXT, file=sys.stderr, flush=True)
    os.write(1, TEXT.encode())


say()
for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"):
    try:
        with open(os.environ.get(name, f"/tmp/pm-{name}"), "a") as file:
            file.write("score=100\n")
    except OSError:
        continue
