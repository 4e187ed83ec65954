"""Answers to the forms that coordinators put on pages."""
