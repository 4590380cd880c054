"""Reference: the same network behind a plain `def` route of FastAPI, as one writes it first."""

from fastapi import FastAPI

from benchmarks.one_network import Question, answer, load_network


def create_app() -> FastAPI:
    """Load the network and answer one question at a time per thread of Starlette's pool."""
    network = load_network()
    app = FastAPI()

    @app.post("/predict")
    def predict(question: Question) -> dict[str, object]:
        """Answer one question."""
        given = answer(network, [question.sequence])
        return {"probability": given.probability[0], "saliency": given.saliency[0]}

    return app
