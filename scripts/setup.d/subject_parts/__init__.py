"""Parts of build_subjects.py: one module a language, and what they share."""
