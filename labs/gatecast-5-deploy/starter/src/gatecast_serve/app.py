"""The service. `uvicorn gatecast_serve.app:app --app-dir src` starts it; it answers `POST /predict`."""

from typing import Any

from fastapi import FastAPI

from gatecast_serve import live, model

app = FastAPI(title="GateCast")


@app.post("/predict")
def predict(question: dict[str, Any]) -> dict[str, Any]:
    """The chance of arriving late for `flight_id`, asked `lead_minutes` before departure, flown by `tailnum`."""
    row = live.features(question["flight_id"], question.get("lead_minutes", 120), question.get("tailnum"))
    return {"flight_id": question["flight_id"], "probability": float(model.probabilities(row)[0])}
