"""Readers and writers of files of votes."""
