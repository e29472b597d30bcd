"""Uploads and downloads artifacts over the protocol of actions/upload-artifact v4, with the standard library alone.

A stand-in for the JavaScript actions, which are not on a machine without network. It speaks to the artifact
server of `act` as they speak to GitHub's: create, put the zip, finalize; list, get the address, get the zip.
"""

import base64
import io
import json
import os
import re
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

SERVICE = "twirp/github.actions.results.api.v1.ArtifactService"


def ids() -> dict[str, str]:
    """The run and the job, from the token that the runner gave: scope `Actions.Results:RUN:JOB`."""
    payload = os.environ["ACTIONS_RUNTIME_TOKEN"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    scope = re.search(r"Actions\.Results:([^: ]+):([^: ]+)", claims["scp"])
    assert scope, claims["scp"]
    return {"workflow_run_backend_id": scope[1], "workflow_job_run_backend_id": scope[2]}


def call(method: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"{os.environ['ACTIONS_RESULTS_URL'].rstrip('/')}/{SERVICE}/{method}",
        data=json.dumps({**ids(), **body}).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['ACTIONS_RUNTIME_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def put(url: str, data: bytes) -> None:
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": "application/octet-stream"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def upload(name: str, paths: list[str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.write(path, Path(path).name)
    content = archive.getvalue()
    url = call("CreateArtifact", {"name": name, "version": 4})["signedUploadUrl"]
    block = base64.b64encode(b"block-00").decode()
    put(f"{url}&comp=block&blockid={block}", content)
    put(f"{url}&comp=blocklist", f"<BlockList><Latest>{block}</Latest></BlockList>".encode())
    done = call("FinalizeArtifact", {"name": name, "size": str(len(content))})
    assert done["ok"], done


def download(name: str, folder: Path) -> None:
    found = call("ListArtifacts", {"name_filter": name})["artifacts"]
    assert [artifact["name"] for artifact in found] == [name], found
    url = call("GetSignedArtifactURL", {"name": name})["signedUrl"]
    with urllib.request.urlopen(url, timeout=20) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    folder.mkdir(parents=True, exist_ok=True)
    for member in archive.namelist():
        (folder / Path(member).name).write_bytes(archive.read(member))


if __name__ == "__main__":
    if sys.argv[1] == "upload":
        upload(os.environ["NAME"], [line.strip() for line in os.environ["PATHS"].splitlines() if line.strip()])
    else:
        download(os.environ["NAME"], Path(os.environ["PATHS"].strip()))
