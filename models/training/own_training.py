"""From a user's files to checkpoints: what the command line and the job of the service share."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from torch import nn

from models.card import SequenceCard, TrainingData
from models.checkpoints import save_checkpoint
from models.errors import InvalidSequencesError
from models.training.fit import Epoch, History, Recipe, fit
from models.training.own_examples import Examples, Negatives, own_examples
from models.training.own_sequences import OwnFile, read_own_sequences
from models.training.own_split import OwnSplit, SplitPlan, split_own
from models.training.sequence_card import BASELINE, SHUFFLES, Subject, fit_baseline, n_training, new_network
from models.training.sequence_card import sequence_card as card_of

LICENCE: Final = "as the data; stated by who trained it"

_GIVEN: Final = "The user's own"
_MATCHED: Final = "Of the user's pool, each with the GC content of a positive"
# What the division refuses though another division would not help.
_ROLES: Final = {
    "too_few_positives": "positives",
    "both_labels": "positives",
    "test_in_training": "test",
    "no_test_negatives": "test",
}


class OwnFileError(InvalidSequencesError):
    """One of a user's files that cannot be trained on.

    Attributes
    ----------
    role : str
        positives, unbound, test or split.
    """

    def __init__(self, role: str, error: InvalidSequencesError) -> None:
        self.role = role
        super().__init__(error.problems)


class OwnFiles(NamedTuple):
    """Where a user's files lie; each path with the name that the user knows."""

    positives: tuple[Path, str]
    unbound: tuple[Path, str] | None = None
    test: tuple[Path, str] | None = None


class OwnSet(NamedTuple):
    """A user's set, ready to be trained on.

    Attributes
    ----------
    examples : Examples
    division : OwnSplit
    negatives : str
        What the unbound sequences are, in words.
    files : dict of str to str
        Role to name and sha256.
    notes : tuple of str
        What was cropped, mended or left out, in sentences.
    """

    examples: Examples
    division: OwnSplit
    negatives: str
    files: dict[str, str]
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Count the sequences of each set, shuffles among them."""
        split = self.division.split
        return {
            "training": n_training(split.training),
            "validation": len(split.validation.X),
            "test": len(split.test.X),
            "removed": split.n_removed,
        }


class About(NamedTuple):
    """What the user says of the set, and how the training was asked for."""

    factor: str
    title: str
    cell_type: str
    command: str
    seed: int


class Trained(NamedTuple):
    """A trained network or baseline; `history` is None for a baseline."""

    architecture: str
    network: nn.Module
    recipe: dict[str, Any]
    history: History | None = None


def read_own_files(files: OwnFiles) -> dict[str, OwnFile]:
    """Read a user's files, by role.

    Raises
    ------
    OwnFileError
        Naming the file's role, record and line.
    """
    read: dict[str, OwnFile] = {}
    for role, file in files._asdict().items():
        if file is not None:
            with _blamed_on(role):
                read[role] = read_own_sequences(file[0])
    return read


def read_own_set(
    files: OwnFiles, *, negatives: Negatives, plan: SplitPlan, read: Mapping[str, OwnFile] | None = None
) -> OwnSet:
    """Read, check and divide a user's files; `read` holds them where they have been read before.

    Raises
    ------
    OwnFileError
        Naming the file's role, record and line.
    """
    read = read_own_files(files) if read is None else read
    seed = plan.random_state
    with _blamed_on("positives" if files.unbound is None else "unbound"):
        examples = own_examples(
            read["positives"], negatives=negatives, unbound_file=read.get("unbound"), random_state=seed
        )
    with _blamed_on("test"):
        test = own_examples(read["test"], random_state=seed) if "test" in read else None
    try:
        division = split_own(examples, plan, test=test)
    except InvalidSequencesError as error:
        raise OwnFileError(_ROLES.get(error.problems[0].code, "split"), error) from error
    given = _MATCHED if negatives == "gc_matched" else _GIVEN
    words = SHUFFLES if division.split.training.negatives is None else given
    names = {role: f"{file[1]}, sha256 {read[role].sha256}" for role, file in files._asdict().items() if file}
    return OwnSet(examples, division, words, names, (*reading_notes(read), *examples.notes))


def fit_own(
    architecture: str,
    own: OwnSet,
    recipe: Recipe,
    *,
    seed: int,
    device: str = "cpu",
    title: str | None = None,
    progress: Callable[[int, Epoch], None] | None = None,
    on_batch: Callable[[int, int], None] | None = None,
    resume: bytes | None = None,
    keep: Callable[[bytes], None] | None = None,
) -> Trained:
    """Train one network from random weights; the parameters are those of `fit`."""
    network = new_network(architecture, recipe, random_state=seed)
    split = own.division.split
    history = fit(
        network,
        [split.training],
        validation=split.validation,
        recipe=recipe,
        random_state=seed,
        device=device,
        title=title,
        progress=progress,
        on_batch=on_batch,
        resume=resume,
        keep=keep,
    )
    told = recipe.model_dump() | {
        "best_epoch": history.best + 1,
        "validation_auroc": [round(epoch.validation_auroc, 6) for epoch in history.epochs],
    }
    return Trained(architecture, network.cpu().requires_grad_(False), told, history)


def fit_own_baseline(own: OwnSet, *, seed: int) -> Trained:
    """Fit the k-mer baseline to the same training sequences, with one shuffle of each where shuffles are negatives."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Trained(BASELINE, *fit_baseline(own.division.split, random_state=seed))


def save_own(trained: Trained, own: OwnSet, about: About, *, folder: Path) -> SequenceCard:
    """Measure a network on the test set and write it, with its card, into its own folder below `folder`."""
    card = card_of(
        trained.network,
        _subject(own, about),
        architecture=trained.architecture,
        split=own.division.split,
        recipe=trained.recipe,
        random_state=about.seed,
    )
    return save_checkpoint(trained.network, card, folder)


def _subject(own: OwnSet, about: About) -> Subject:
    split = own.division.split
    length = split.training.positives.shape[2]
    unbound = "a dinucleotide shuffle of one" if split.training.negatives is None else "an unbound sequence of the set"
    title = about.title or about.factor
    return Subject(
        factor=about.factor,
        factor_title=title,
        cell_type=about.cell_type,
        task=f"Tell {length}-bp sequences bound by {title} from {unbound}; not from sequences bound by other factors.",
        training_data=_training_data(own),
        training_command=about.command,
        licence=LICENCE,
        citation="the user's own",
    )


def _training_data(own: OwnSet) -> TrainingData:
    counts = own.counts
    return TrainingData(
        source=f"Trained on a user's own file: {own.files['positives']}",
        files=own.files,
        licence="not stated",
        negatives=own.negatives,
        split=own.division.words,
        n_train=counts["training"],
        n_validation=counts["validation"],
        n_test=counts["test"],
        n_removed_as_duplicates=counts["removed"],
    )


def reading_notes(read: Mapping[str, OwnFile]) -> Iterator[str]:
    """Say what was cropped and mended in each file."""
    for role, file in read.items():
        if file.n_cropped:
            yield f"{role.capitalize()}: of {file.n_cropped:,} longer sequences only the middle is used."
        yield from (f"{role.capitalize()}: {repair}" for repair in file.repairs)


@contextmanager
def _blamed_on(role: str) -> Iterator[None]:
    try:
        yield
    except InvalidSequencesError as error:
        raise OwnFileError(role, error) from error
