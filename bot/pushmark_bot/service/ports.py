"""Ports to GitHub, one for each installation, as the configuration says."""

from pushmark_bot.github import Installation, Patience, PyGithubOrganisation, PyGithubPort
from pushmark_bot.service.config import Config

PATIENCE = Patience(retries=2, longest_wait=20.0)
"""Short: a submission that GitHub keeps waiting is put back, and another one is taken."""


class Ports:
    """A port for each installation, opened when it is first needed. One thread at a time uses them."""

    def __init__(self, config: Config, patience: Patience = PATIENCE) -> None:
        self._config = config
        self._patience = patience
        self._key = config.secret(config.app.private_key_file)
        self._open: dict[int, PyGithubOrganisation] = {}
        self._others: list[PyGithubPort] = []

    def of(self, installation: int) -> PyGithubOrganisation:
        if installation not in self._open:
            who = Installation(app=self._config.app.id, private_key=self._key, installation=installation)
            self._open[installation] = PyGithubOrganisation(
                who=who, api_url=self._config.api_url, patience=self._patience
            )
        return self._open[installation]

    def with_token(self, token: str) -> PyGithubPort:
        """A port for a token of its own."""
        port = PyGithubPort(who=token, api_url=self._config.api_url, patience=self._patience)
        self._others.append(port)
        return port

    def close(self) -> None:
        for port in (*self._open.values(), *self._others):
            port.close()
