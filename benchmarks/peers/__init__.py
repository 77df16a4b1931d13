"""What others would use, as programs of an environment of their own; they import nothing of ours."""
