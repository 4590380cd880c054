"""One file per published architecture, registered here in one line each."""

from models.architecture_spec import ArchitectureSpec
from models.architectures.demo_cnn import DeMoCNN
from models.architectures.demo_cnn_rnn import DeMoCNNRNN
from models.architectures.demo_rnn import DeMoRNN
from models.registry import Registry

ARCHITECTURES: Registry[ArchitectureSpec] = Registry("architecture")
ARCHITECTURES.register(
    "demo_cnn", ArchitectureSpec(DeMoCNN, "CNN", "Three convolutions (9, 5, 3 bp), then the maximum over positions.")
)
ARCHITECTURES.register(
    "demo_rnn", ArchitectureSpec(DeMoRNN, "RNN", "A bidirectional LSTM (2 x 32 units), averaged over positions.")
)
ARCHITECTURES.register(
    "demo_cnn_rnn",
    ArchitectureSpec(DeMoCNNRNN, "CNN-RNN", "One convolution (9 bp), then a bidirectional LSTM, averaged."),
)
