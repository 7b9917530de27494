"""Item response models of one trait: marginal maximum likelihood, on a grid of the trait."""
