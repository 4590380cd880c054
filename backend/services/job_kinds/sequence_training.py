"""Training on a user's own DNA: networks and a baseline, from uploaded sequences to checkpoints in the catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from backend.services.checkpoints import choose_device
from backend.services.errors import FieldError, InvalidFieldsError
from backend.services.job_kinds.kind import Cost, JobKind, JobPlace, JobRun
from backend.services.one_thread import one_thread
from backend.services.training.board import TrainingBoard, kept_state, remember_resumed, resumed_before
from backend.services.training.common_fields import network_title, refuse_taken
from backend.services.training.sequence_parameters import SequenceTrainingParameters
from models.card import SequenceCard
from models.training.fit import Epoch, Recipe
from models.training.own_files import checkpoint_zip, curves_tsv, predictions_tsv, split_tsv
from models.training.own_sequences import MAX_SEQUENCES, OwnFile
from models.training.own_split import MIN_POSITIVES, SplitPlan
from models.training.own_training import (
    About,
    OwnFileError,
    OwnFiles,
    OwnSet,
    Trained,
    fit_own,
    fit_own_baseline,
    read_own_files,
    read_own_set,
    reading_notes,
    save_own,
)
from models.training.recipes import own_recipe
from models.training.resume import epochs_reached
from models.training.sequence_card import BASELINE, checkpoint_name, probabilities_of_test_set

# Seconds for an epoch of 1,000 sequences on one slow core, shuffles made anew included; measured.
SECONDS: Final = {"demo_cnn": 0.8, "demo_rnn": 0.3, "demo_cnn_rnn": 0.75}
BASELINE_SECONDS: Final = 1.0  # for 1,000 sequences
READING_SECONDS: Final = 20.0
LONG_SECONDS: Final = 3600.0
SLOW: Final = "This takes more than an hour. Fewer epochs, or a part of the sequences, give a first impression."
TRAINING_SHARE: Final = 0.8
DIVIDED_AT_ONCE: Final = 20_000  # sequences; more would take longer than a request should
LATER: Final = "The set is large: whether it can be divided without leakage is checked when the job starts."
TSV: Final = "text/tab-separated-values"


def check(parameters: SequenceTrainingParameters, place: JobPlace) -> Cost:
    """Read the files, divide what is not too large to be divided at once, and refuse names that are taken."""
    names = (checkpoint_name(parameters.factor, name) for name in (*parameters.architectures, BASELINE))
    refuse_taken(names, "sequence", field="factor", place=place)
    with _blamed_on_fields():
        read = read_own_files(_files(parameters, place))
    n_records = sum(len(file.records) for file in read.values())
    if n_records > DIVIDED_AT_ONCE:
        n, notes = _most_training(parameters, read), (*reading_notes(read), LATER)
    else:
        own = _read(parameters, place, read=read)
        n, notes = own.counts["training"], (*own.notes, *own.division.warnings)
    recipes = _recipes(parameters, n)
    seconds = READING_SECONDS + n / 1000 * (
        BASELINE_SECONDS + sum(recipe.epochs * SECONDS[name] for name, recipe in recipes.items())
    )
    parts = [f"{network_title(name)}: {recipe.epochs} epochs at most" for name, recipe in recipes.items()]
    words = f"{n:,} training sequences; {', '.join(parts)}; 6-mer logistic regression"
    return Cost(seconds, words, (*notes, *((SLOW,) if seconds > LONG_SECONDS else ())))


def run(parameters: SequenceTrainingParameters, run: JobRun) -> dict[str, Any]:
    """Train the baseline, then each network from where an earlier attempt left it, then write everything."""
    with one_thread():
        run.report("Reading", done=0, total=1, unit="set")
        own = _read(parameters, run)
        for note in own.notes:
            run.log(note)
        run.log(own.division.words)
        recipes = _recipes(parameters, own.counts["training"])
        board = _board(parameters, own, recipes)
        run.report("Fitting the baseline", done=0, total=1, unit="baseline")
        baseline = fit_own_baseline(own, seed=parameters.seed)
        cards = [_saved(baseline, own, parameters, run)]
        board.add_baseline(BASELINE, title=network_title(BASELINE), auroc=cards[0].metrics.auroc)
        run.show(board.live, now=True)
        trained = [baseline]
        for name, recipe in recipes.items():
            trained.append(_train(name, recipe, own=own, board=board, run=run, seed=parameters.seed))
            cards.append(_saved(trained[-1], own, parameters, run))
            board.measured(name, cards[-1].metrics.auroc)
            run.show(board.live, now=True)
        _offer(trained, own, parameters, run)
        for card in cards:
            run.add_checkpoint(run.scratch / card.name, "sequence")
    return _summary(cards, own)


def _board(parameters: SequenceTrainingParameters, own: OwnSet, recipes: dict[str, Recipe]) -> TrainingBoard:
    division = own.division
    board = TrainingBoard(
        "sequence",
        title=parameters.title or parameters.factor,
        split=division.words,
        counts=own.counts,
        warnings=division.warnings,
    )
    for name, recipe in recipes.items():
        board.add_network(name, title=network_title(name), n_epochs=recipe.epochs)
    return board


def _train(name: str, recipe: Recipe, *, own: OwnSet, board: TrainingBoard, run: JobRun, seed: int) -> Trained:
    state = kept_state(_state_file(name), run, title=network_title(name))
    reached = () if state is None else epochs_reached(state)
    for epoch in reached:
        board.add_epoch(name, Epoch(*epoch))
    board.networks[name].resumed_at = resumed_before(name, run)

    def progress(_: int, epoch: Epoch) -> None:
        board.add_epoch(name, epoch)
        run.show(board.live)

    def on_batch(done: int, total: int) -> None:
        if reached and len(reached) + 1 not in board.networks[name].resumed_at:
            board.networks[name].resumed_at = remember_resumed(name, len(reached) + 1, run)
        run.report(f"Training {network_title(name)}", done=done, total=total, unit="batches")

    run.log(f"Training {network_title(name)} from epoch {len(reached) + 1}.")
    trained = fit_own(
        name,
        own,
        recipe,
        seed=seed,
        device=choose_device(run.settings.device),
        progress=progress,
        on_batch=on_batch,
        resume=state,
        keep=lambda content: run.keep(_state_file(name), content),
    )
    board.trained(name)
    return trained


def _state_file(name: str) -> str:
    return f"{name}.safetensors"


def _saved(trained: Trained, own: OwnSet, parameters: SequenceTrainingParameters, run: JobRun) -> SequenceCard:
    run.report(f"Measuring {network_title(trained.architecture)}", done=0, total=1, unit="model")
    command = f"a training job (sequence_training) on {own.files['positives']}"
    about = About(parameters.factor, parameters.title, parameters.cell_type, command, parameters.seed)
    return save_own(trained, own, about, folder=run.scratch)


def _offer(trained: list[Trained], own: OwnSet, parameters: SequenceTrainingParameters, run: JobRun) -> None:
    histories = {one.architecture: one.history for one in trained if one.history}
    probabilities = {
        checkpoint_name(parameters.factor, one.architecture): probabilities_of_test_set(one.network, own.division.split)
        for one in trained
    }
    curves = curves_tsv(histories)
    run.offer("curves.tsv", curves, media_type=TSV, description="Loss and validation AUROC of every epoch")
    run.offer("split.tsv", split_tsv(own), media_type=TSV, description="In which set every sequence is")
    run.offer(
        "predictions.tsv",
        predictions_tsv(own, probabilities),
        media_type=TSV,
        description="P(bound) of every test sequence by every model",
    )
    for one in trained:
        name = checkpoint_name(parameters.factor, one.architecture)
        packed = checkpoint_zip(run.scratch / name, curves=curves if one.history else None)
        description = f"Weights and card of {network_title(one.architecture)}"
        run.offer(f"{name}.zip", packed, media_type="application/zip", description=description)


def _summary(cards: list[SequenceCard], own: OwnSet) -> dict[str, Any]:
    best = max(cards, key=lambda card: card.metrics.auroc.value)
    return {
        "best_checkpoint": best.name,
        "test_auroc": {card.name: card.metrics.auroc.value for card in cards},
        **{f"{name}_sequences": n for name, n in own.counts.items()},
    }


def _files(parameters: SequenceTrainingParameters, place: JobPlace) -> OwnFiles:
    def named(upload: str | None) -> tuple[Path, str] | None:
        return (place.input(upload), place.input_name(upload)) if upload else None

    positives = (place.input(parameters.positives), place.input_name(parameters.positives))
    return OwnFiles(positives, named(parameters.unbound), named(parameters.test))


def _read(parameters: SequenceTrainingParameters, place: JobPlace, *, read: dict[str, OwnFile] | None = None) -> OwnSet:
    plan = SplitPlan(
        parameters.split,
        tuple(parameters.validation_chromosomes),
        tuple(parameters.test_chromosomes),
        parameters.seed,
    )
    with _blamed_on_fields():
        return read_own_set(_files(parameters, place), negatives=parameters.negatives, plan=plan, read=read)


def _most_training(parameters: SequenceTrainingParameters, read: dict[str, OwnFile]) -> int:
    """Count the training sequences of an epoch at most, before anything is left out."""
    labels = [record.bound for record in read["positives"].records]
    n_bound = len(labels) - labels.count(False)
    n_unbound = labels.count(False) + (len(read["unbound"].records) if "unbound" in read else 0)
    own = parameters.negatives in {"auto", "own"} and n_unbound
    return round(TRAINING_SHARE * (n_bound + (n_unbound if own else n_bound)))


@contextmanager
def _blamed_on_fields() -> Iterator[None]:
    try:
        yield
    except OwnFileError as error:
        field = f"parameters.{error.role}"
        problems = tuple(FieldError(field, problem.code, problem.message) for problem in error.problems)
        raise InvalidFieldsError(problems) from error


def _recipes(parameters: SequenceTrainingParameters, n_training: int) -> dict[str, Recipe]:
    return {
        name: own_recipe(
            name,
            n_training=n_training,
            epochs=parameters.epochs,
            patience=parameters.patience,
            batch_size=parameters.batch_size,
            learning_rate=parameters.learning_rate,
            dropout=parameters.dropout,
        )
        for name in dict.fromkeys(parameters.architectures)
    }


SEQUENCE_TRAINING: Final = JobKind(
    name="sequence_training",
    title="Train on DNA",
    summary="Networks that tell your bound sequences from unbound ones, with a baseline and a model card, in the "
    "catalog when done.",
    limits=f"{MIN_POSITIVES} to {MAX_SEQUENCES:,} sequences of 101 bases or more, up to 3 networks, 100 epochs.",
    queue="heavy",
    time_limit_s=24 * 3600,
    parameters=SequenceTrainingParameters,
    check=check,
    run=run,
)
