"""The science: PyTorch networks of gene regulation and what explains them; knows no web."""
