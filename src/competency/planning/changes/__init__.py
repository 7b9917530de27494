"""Plans and catalogues that change: planning again, other limits, other catalogues."""
