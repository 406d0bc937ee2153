"""A recipe: which files a town hall has, what their columns are called, in which units they are."""
