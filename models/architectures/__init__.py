"""One file per published architecture, registered here in one line each."""

from models.architecture_spec import ArchitectureSpec
from models.architectures.attentivechrome import (
    AttentiveCNNAlphaBeta,
    AttentiveCNNAttn,
    AttentiveLSTM,
    AttentiveLSTMAlpha,
    AttentiveLSTMAlphaBeta,
    AttentiveLSTMAttn,
)
from models.architectures.deepchrome import DeepChrome, DeepChromeLinear, DeepChromeMLP
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

CHROMATIN_ARCHITECTURES: Registry[ArchitectureSpec] = Registry("chromatin architecture")
CHROMATIN_ARCHITECTURES.register(
    "deepchrome", ArchitectureSpec(DeepChrome, "DeepChrome", "One convolution over bins, then three dense layers.")
)
CHROMATIN_ARCHITECTURES.register(
    "deepchrome_mlp", ArchitectureSpec(DeepChromeMLP, "DeepChrome MLP", "One hidden layer on all bins of all marks.")
)
CHROMATIN_ARCHITECTURES.register(
    "deepchrome_linear", ArchitectureSpec(DeepChromeLinear, "DeepChrome linear", "One weight per mark and bin.")
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_lstm", ArchitectureSpec(AttentiveLSTM, "LSTM", "One bidirectional LSTM over bins, all marks at once.")
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_lstm_attn",
    ArchitectureSpec(AttentiveLSTMAttn, "LSTM-Attn", "One bidirectional LSTM, all marks at once, attention over bins."),
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_lstm_alpha",
    ArchitectureSpec(AttentiveLSTMAlpha, "LSTM-α", "One LSTM and one attention over bins for each mark."),
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_lstm_alpha_beta",
    ArchitectureSpec(
        AttentiveLSTMAlphaBeta, "LSTM-α,β", "AttentiveChrome: attention over bins for each mark, then over marks."
    ),
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_cnn_attn",
    ArchitectureSpec(AttentiveCNNAttn, "CNN-Attn", "One convolution, all marks at once, attention over bins."),
)
CHROMATIN_ARCHITECTURES.register(
    "attentive_cnn_alpha_beta",
    ArchitectureSpec(
        AttentiveCNNAlphaBeta, "CNN-α,β", "One convolution and attention over bins for each mark, then over marks."
    ),
)
