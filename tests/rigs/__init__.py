"""What a test arranges."""
