"""What others would use: programs of an environment of their own that import nothing of ours."""
