"""From a folder of movies to the tables, figures and methods paragraph of a paper, as a Snakemake workflow."""
